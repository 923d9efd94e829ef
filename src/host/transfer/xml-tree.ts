import { SaxesParser } from 'saxes';
import { TransferError } from './contract';

/* XML of strangers as a small tree: elements by their local names, attributes too. No document types, so nothing can be declared that would grow. */

export interface XmlElement { name: string; attributes: Readonly<Record<string, string>>; children: XmlElement[]; text: string }

const DEPTH_MAX = 64, ELEMENTS_MAX = 50_000;

/** @param what for the error */
export const readTree = (text: string, what: string): XmlElement => {
  const parser = new SaxesParser({ xmlns: false, position: true }), root: XmlElement = { name: '', attributes: {}, children: [], text: '' }, open: XmlElement[] = [root];
  let count = 0;
  parser.on('error', error => { throw new TransferError('malformed', `${what} cannot be read: ${error.message.slice(0, 200)}`); });
  parser.on('doctype', () => { throw new TransferError('malformed', `${what} declares a document type, which is not taken`); });
  parser.on('opentag', ({ name, attributes }) => {
    if (++count > ELEMENTS_MAX || open.length > DEPTH_MAX) throw new TransferError('too-large', `${what} has too many elements`);
    const element: XmlElement = { name: local(name), attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [local(key), value])), children: [], text: '' };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('text', piece => { open.at(-1)!.text += piece; });
  parser.on('cdata', piece => { open.at(-1)!.text += piece; });
  parser.on('closetag', () => { open.pop(); });
  parser.write(text.replace(/^\ufeff/, '')).close();
  return root.children[0] ?? root;
};

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

export const childrenOf = ({ children }: XmlElement, name: string): readonly XmlElement[] => children.filter(child => child.name === name);
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined => element?.children.find(child => child.name === name);
export const textOf = (element: XmlElement | undefined, name: string): string => childOf(element, name)?.text.trim() ?? '';
/** All below it, in the order of the document. */
export const below = (element: XmlElement): readonly XmlElement[] => element.children.flatMap(child => [child, ...below(child)]);
