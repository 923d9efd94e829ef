import { expect, type Locator, type Page } from '@playwright/test';

/** The console's window, in the words of the person in front of it. */
export class ConsolePage {
  readonly page: Page;
  readonly tree: Locator;
  readonly toolbar: Locator;
  constructor(page: Page) {
    this.page = page;
    this.tree = page.getByRole('tree');
    this.toolbar = page.getByRole('toolbar', { name: 'Actions' });
  }

  node(name: string): Locator { return this.tree.getByRole('treeitem', { name, exact: true }); }
  tab(name: string, exact = false): Locator { return this.page.getByRole('tab', { name, exact }); }
  dialog(name: string | RegExp): Locator { return this.page.getByRole('dialog', { name }); }
  /** The VM's row, once it says that it is in this power state. */
  async expectState(name: string, state: string): Promise<void> {
    await expect(this.node(name)).toHaveAccessibleDescription(state);
  }
  action(name: string): Locator { return this.toolbar.getByRole('button', { name, exact: true }); }

  async newVm(): Promise<void> { await this.page.getByRole('banner').getByRole('button', { name: 'New VM' }).click(); }
  async runAction(name: string): Promise<void> { await this.action(name).click(); }
  /** At 200 % the tree is behind a button. */
  async showTree(): Promise<void> {
    const button = this.page.getByRole('button', { name: 'Show the tree' });
    if (await button.isVisible() && !await this.tree.isVisible()) await button.click();
  }

  async select(name: string): Promise<void> { await this.node(name).click(); }

  async fillConnect({ address, password }: { address: string; password: string }): Promise<void> {
    const dialog = this.dialog(/connect/i);
    await dialog.getByLabel('Address').fill(address);
    await dialog.getByLabel('User').fill('root');
    await dialog.getByLabel('Password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  }

  /** Accepts the certificate that is shown, when it is the host's. */
  async trust(fingerprint: string): Promise<void> {
    await expect(this.page.getByText(fingerprint)).toBeVisible();
    await this.page.getByRole('button', { name: /trust/i }).click();
  }

  async openConnect(): Promise<void> {
    if (await this.dialog(/connect/i).isVisible()) return;
    await this.page.getByRole('button', { name: /connect/i }).first().click();
  }

  async showConsole(view: 'Graphical' | 'Text' | 'Both'): Promise<void> {
    await this.page.getByRole('group', { name: 'Console view' }).getByRole('button', { name: view }).click();
  }

  /** What the text console shows. */
  get terminal(): Locator { return this.page.getByRole('region', { name: 'Text console' }); }
  get screen(): Locator { return this.page.getByRole('region', { name: 'Graphical console' }); }

  async type(text: string): Promise<void> {
    await this.terminal.locator('.xterm').click();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** How many different colours the graphical console shows: one means a blank screen. */
  async screenColours(): Promise<number> {
    return this.screen.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
      const seen = new Set<number>();
      for (let i = 0; i < pixels.length; i += 4) seen.add(((pixels[i] ?? 0) << 16) | ((pixels[i + 1] ?? 0) << 8) | (pixels[i + 2] ?? 0));
      return seen.size;
    });
  }
}
