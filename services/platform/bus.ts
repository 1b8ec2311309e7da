/** Facts from part to part: the contract that producers and consumers see, and the bus of a single process. */
export type { Bus, DeadLetter, Delivery, EventHandler, FactName, SubscribeOptions, Subscription } from './bus/contract.ts';
export { createInProcessBus, type InProcessBusOptions } from './bus/in-process.ts';
