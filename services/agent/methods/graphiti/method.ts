import { productMethod } from '../../families/product.ts';
import { defineMethod } from '../../method.ts';

/** Graphiti's own server as a method (products/README.md says what is set where). */
export default defineMethod(productMethod({ product: 'graphiti', summary: 'The memory product Graphiti: facts of its graph that fit the message are in the prompt; what its own models use is not known.', version: '1', varies: true }));
