import type { LicenceKeys } from './read';

/* Whose licences this product believes. Whoever sells licences puts the public half of a key of his own here (docs/licences.md); the private half of this one was
 * thrown away when it was made, so nothing in this repository can sign a licence for a product. */

const pem = (key: string): string => `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----\n`;
const PRODUCT_KEYS: readonly (readonly [string, string])[] = [['product-2026', pem('MCowBQYDK2VwAyEAgSPTcx/5QxQEHjjpdVKUbgB2ZMDX7rD+r9aSup3czy4=')]];
/** Its private half is in scripts/licence, for everybody to read: only a host that is told so (--accept-development-licences) believes it. */
const DEVELOPMENT_KEY = ['development', pem('MCowBQYDK2VwAyEAtI8aOQrIByCSSthwiFbearRK+BDpoFfvOf4+ARhZGI4=')] as const;

export const licenceKeys = (acceptsDevelopment: boolean): LicenceKeys => new Map([...PRODUCT_KEYS, ...(acceptsDevelopment ? [DEVELOPMENT_KEY] : [])]);
