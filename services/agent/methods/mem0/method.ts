import { productMethod } from '../../families/product.ts';
import { defineMethod } from '../../method.ts';

/** Mem0, its own server or its hosted service as a method (products/README.md says what is set where). */
export default defineMethod(productMethod({ product: 'mem0', summary: 'The memory product mem0: sessions are told to it, and what it finds for the message is in the prompt; what its own models use is not known.', version: '1', varies: true }));
