/** The text of a kernel; the build and the test runner load `.wgsl` files as strings. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}
