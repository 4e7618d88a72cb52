declare const WEIGHTS_ARE_SHIPPED: boolean;
/** Whether the app contains the trained weights; set by the build. */
export const hasShipped: boolean = WEIGHTS_ARE_SHIPPED;
