/** One place from which something was removed. */
export interface ForgottenPlace {
  place: string;
  /** A path or an address. */
  where: string;
  removed: string;
}

/** One place that was searched. */
export interface CheckedPlace {
  place: string;
  searched: string;
  /** Where something of the user still is; empty when the place is clean. */
  residues: string[];
}
