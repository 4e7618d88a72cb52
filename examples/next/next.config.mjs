// Node loads these packages itself: a bundle would lose the weights and the binaries of webgpu and sharp.
export default { serverExternalPackages: ['feathergrad', 'webgpu', 'sharp'] };
