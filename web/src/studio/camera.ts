import { SharedCamera } from '../recognize/shared-camera.ts';

/** The camera of the studio's page: class cards and the live panel show the same one. */
export const camera = new SharedCamera();
