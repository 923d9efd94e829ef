/** The shape of the data model at run time (generated/model.ts holds it). Types are in the data model's own notation. */
export interface FieldModel { name: string; type: string; q: 'RW' | 'RO/constructor' | 'RO/runtime'; default?: unknown }
export type MessageKind =
  | 'custom' | 'getter' | 'setter' | 'add' | 'remove' | 'get_record' | 'get_by_uuid' | 'get_by_name_label'
  | 'get_all' | 'get_all_where' | 'get_all_records' | 'get_all_records_where' | 'create' | 'destroy';
export interface MessageModel {
  name: string; kind: string; result: string;
  /** [name, type] or [name, type, default]; the session is not among them. */
  params: readonly (readonly unknown[])[];
  async?: boolean; noSession?: boolean; removed?: boolean;
  /** Parameters must never be logged. */
  secret?: boolean;
  /** The least that may call it; the roles are nested. */
  role: string;
  /** Keys of the map that have a role of their own; `*` at the end stands for any rest. */
  keys?: readonly string[];
}
export interface ClassModel { persist: boolean; events: boolean; fields: readonly FieldModel[]; messages: readonly MessageModel[] }
export type Relation = readonly string[];

/** With MODEL_MARK, on the upgrade to a WebSocket: the client knows this data model, and events need not say what has its default there. */
export const KNOWN_DEFAULTS_HEADER = 'x-known-defaults';
