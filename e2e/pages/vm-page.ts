import { expect, type Locator } from '@playwright/test';
import { ConsolePage } from './console-page';

/** A VM's tabs, and the wizards beside them, in the words of the person in front of them. */
export class VmPage extends ConsolePage {
  /** Also at 200 %, where the tree is behind a button. */
  override async select(name: string): Promise<void> {
    await this.showTree();
    await this.node(name).click();
  }
  async open(tab: string): Promise<void> {
    await this.tab(tab).click();
    await expect(this.tab(tab)).toHaveAttribute('aria-selected', 'true');
  }
  /** A row of a table, by something that stands in it. */
  row(table: string, text: string | RegExp): Locator { return this.page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text }); }
  button(name: string | RegExp): Locator { return this.page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }); }

  /** An entry of the menu behind a button. */
  async choose(menu: string | RegExp, entry: string): Promise<void> {
    await this.button(menu).click();
    await this.page.getByRole('menuitem', { name: new RegExp(`^${entry}( |$)`) }).click(); // its reason or shortcut may follow
  }
  /** Edits a property where it stands. */
  async edit(label: string, text: string): Promise<void> {
    await this.page.getByRole('button', { name: `Edit ${label}` }).click(); // in any case of letters
    await this.page.getByRole('textbox', { name: label }).fill(text);
    await this.page.keyboard.press('Enter');
  }
  /** Applies the dialog that is open, and waits until it is gone: a dialog that stays says what went wrong. */
  async apply(verb: string | RegExp): Promise<void> {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button', typeof verb === 'string' ? { name: verb, exact: true } : { name: verb }).click();
    await expect(dialog.getByRole('alert').filter({ hasText: /could not/i }).or(dialog).first()).toBeHidden();
  }
  /** One of a list of choices in the dialog that is open, by its disk, storage or network. */
  async pick(label: string, option: RegExp): Promise<void> {
    await this.page.getByRole('dialog').getByRole('combobox', { name: label }).click();
    await this.page.getByRole('option', { name: option }).click();
  }
  async next(): Promise<void> { await this.page.getByRole('dialog').getByRole('button', { name: 'Next', exact: true }).click(); }
}
