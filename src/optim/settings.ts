/** A value of `TypedSettings`: plain JSON. */
export type SettingsValue =
  | string
  | number
  | boolean
  | null
  | readonly SettingsValue[]
  | { readonly [name: string]: SettingsValue };

/**
 * Type and constants of a loss, optimizer or schedule, as plain JSON. A checkpoint stores them, and cannot be resumed
 * with other settings. `type` is a literal, so that it does not depend on minification or on the wording of messages;
 * `version` increases when the meaning of a name changes.
 */
export interface TypedSettings {
  readonly type: string;
  readonly version: number;
  readonly [name: string]: SettingsValue;
}
