// Node must load these packages itself, since a bundle would not contain the weights and the binaries of webgpu and
// sharp.
export default { serverExternalPackages: ['feathergrad', 'webgpu', 'sharp'] };
