export { Uploads } from './uploads';
export { Archives } from './archives';
