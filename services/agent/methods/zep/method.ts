import { productMethod } from '../../families/product.ts';
import { defineMethod } from '../../method.ts';

/** Zep Cloud as a method (products/README.md says what is set where). */
export default defineMethod(productMethod({ product: 'zep', summary: 'The memory product Zep: facts of its graph that fit the message are in the prompt; what its own models use is not known.', version: '1', varies: true }));
