/** Change it and another company comes out. */
export const SEED = 'aura-demo-2';
