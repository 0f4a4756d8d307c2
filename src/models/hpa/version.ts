/** Minor releases of Kubernetes 1 whose controllers differ, and that are known. */
export const oldestRelease = 28;
export const newestRelease = 37;
/**
 * The release to take when none is named: per-HPA tolerances are on in it, and whether a target at zero replicas is
 * scaled does not depend on what happened before the first sync.
 */
export const defaultRelease = 36;

/** What changed between the releases; reference `kubernetes/pkg/controller/podautoscaler`. */
export type Features = {
  /** `1 - down <= ratio <= 1 + up` instead of `|1 - ratio| <= tolerance`: in doubles the edge 1.1 differs. */
  readonly toleranceBand: boolean;
  /** `behavior.scaleUp.tolerance` counts: the gate HPAConfigurableTolerance, alpha (off) in 1.33, beta (on) in 1.35. */
  readonly ownTolerance: boolean;
  /** Proposals stop at the largest int32 instead of wrapping round. */
  readonly capped: boolean;
  /** Pods that ran to their end are ignored. */
  readonly succeededIgnored: boolean;
  /** The gate HPAScaleToZero is on, and the ScaledToZero condition decides whether zero replicas are scaled. */
  readonly scaleToZero: boolean;
  /** The first sync is at once instead of one period after creation. */
  readonly firstSyncAtOnce: boolean;
};

/** `release` is the minor version: 33 is Kubernetes 1.33. `ownTolerance` sets its gate. Throws a RangeError outside. */
export function featuresOf(release: number, gates: { readonly ownTolerance?: boolean } = {}): Features {
  if (!Number.isInteger(release) || release < oldestRelease || release > newestRelease) {
    throw new RangeError(
      `Kubernetes 1.${release} is not one of 1.${oldestRelease} to 1.${newestRelease}, whose controllers are known`,
    );
  }
  return {
    toleranceBand: release >= 33,
    ownTolerance: release >= 33 && (gates.ownTolerance ?? release >= 35),
    capped: release >= 33,
    succeededIgnored: release >= 37,
    scaleToZero: release >= 37,
    firstSyncAtOnce: release >= 37,
  };
}

/** The minor version in `1.33` or `v1.33`; undefined when the text is not one that is known. */
export function parseRelease(text: string): number | undefined {
  const minor = Number(/^v?1\.(\d{1,2})$/.exec(text)?.[1]);
  return minor >= oldestRelease && minor <= newestRelease ? minor : undefined;
}
