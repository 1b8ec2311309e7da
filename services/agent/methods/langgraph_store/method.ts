import { productMethod } from '../../families/product.ts';
import { defineMethod } from '../../method.ts';

/** LangGraph's InMemoryStore as a method (products/README.md says what is set where). */
export default defineMethod(productMethod({ product: 'langgraph_store', summary: "LangGraph's store in this process: the user's earlier messages, word for word, found by embedding.", version: '1', varies: false }));
