export { ADAPTER_LIMITS } from './contract.ts';
export type { AdapterLimits } from './contract.ts';
export { ADAPTER_CHECK_NAMES } from './conform/checks.ts';
export { examineAdapter } from './conform/examine.ts';
export { adapterTable } from './conform/table.ts';
export { openAdapter, placeOfProduct, PRODUCT_KINDS } from './open-adapter.ts';
export type { ProductKind } from './open-adapter.ts';
export { openProducts } from './products.ts';
