declare module 'virtual:saved-page-runtime' {
  /** URL of the script of saved pages */
  const url: string;
  export default url;
}
