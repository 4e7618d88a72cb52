/** Version of the library, as in package.json. Tuning tables of another version are not used. */
export const LIBRARY_VERSION = '0.1.0';
