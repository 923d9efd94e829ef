import type { Answer, Dispatcher, Peer } from './dispatch';
import type { Reply } from './jsonrpc';
import { inPieces, isLong } from './long';
import { BARE, failure, SUCCESS, toXml, xmlParts } from './xml';
import { readMethodCall, XmlError, type MethodCall } from '../../shared/lib/xml-reader';

/* XML-RPC as xapi speaks it: the outcome is a struct inside an ordinary response, never a <fault>. */

export const answerXml = (request: string, dispatcher: Dispatcher, peer: Peer): Reply | Promise<Reply> => {
  let call: MethodCall;
  try {
    call = readMethodCall(request);
  } catch (error) {
    if (error instanceof XmlError) return { malformed: true, text: failure(['XMLRPC_UNMARSHAL_FAILURE', 'an XML-RPC request', error.message]) };
    throw error;
  }
  const answer = dispatcher.call(call.method, call.params, peer);
  return answer instanceof Promise ? answer.then(write) : write(answer);
};

const write = (answer: Answer): Reply => {
  if (!answer.ok) return { malformed: false, text: failure(answer.error) };
  const { type, value, bare } = answer, [head, tail] = bare ? BARE : SUCCESS;
  return { malformed: false, text: isLong(type, value) ? inPieces(head, () => xmlParts(type, value), tail) : head + toXml(type, value) + tail };
};
