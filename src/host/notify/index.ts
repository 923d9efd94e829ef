import type { Courier } from './contract';
import { sendMail } from './mail';
import { postNote } from './webhook';

export const createCourier = (): Courier => ({ mail: sendMail, post: postNote });
