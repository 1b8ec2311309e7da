/** The part of jstat 1.9 that is used here; the package ships no types. */
declare module 'jstat' {
  interface Distribution {
    cdf(x: number, ...parameters: number[]): number;
    inv(share: number, ...parameters: number[]): number;
  }
  const jstat: { jStat: { studentt: Distribution; normal: Distribution; binomial: Distribution & { pdf(k: number, n: number, p: number): number } } };
  export { jstat as default };
}
