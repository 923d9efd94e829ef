import type { Page } from '@playwright/test';
import axe from 'axe-core';

/** What axe finds against WCAG 2.1 A and AA, once nothing moves any more. Run through the debugger, which the content security policy does not hold back. */
export const axeFinds = async (page: Page): Promise<string[]> => {
  await stillness(page);
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await runner.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
  });
};

/** What turns for ever (a progress ring) does not count. */
export const stillness = (page: Page): Promise<unknown> => page.evaluate(async () => {
  await Promise.all(document.getAnimations()
    .filter(animation => animation.effect?.getTiming().iterations !== Infinity).map(animation => animation.finished.catch(() => undefined)));
  // A tooltip that closes stands there empty for a moment.
  while (document.querySelector('.MuiTooltip-popperClose')) await new Promise(requestAnimationFrame);
});
