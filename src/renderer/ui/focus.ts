/** As a ref: the element takes the focus when it appears, as the first field of a dialog should. One function, so that it happens once. */
export const focusOnAppear = (element: HTMLElement | null): void => { element?.focus(); };
