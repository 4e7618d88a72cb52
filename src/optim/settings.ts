/** A value of `TypedSettings`: plain JSON. */
export type SettingsValue =
  | string
  | number
  | boolean
  | null
  | readonly SettingsValue[]
  | { readonly [name: string]: SettingsValue };

/**
 * What makes an optimizer or a schedule what it is, as plain JSON. A checkpoint stores it, and a run whose settings
 * differ is refused. `type` is a literal, so that minified builds and other languages of messages give the same
 * settings; `version` grows when the meaning of a name changes.
 */
export interface TypedSettings {
  readonly type: string;
  readonly version: number;
  readonly [name: string]: SettingsValue;
}
