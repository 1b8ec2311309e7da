/**
 * Krippendorff's alpha for categories (K. Krippendorff, Content Analysis, 2004, chapter 11): agreement beyond chance of any number of raters, of whom some may be missing
 * on some items. Rows are items, entries ratings; null is no rating, and items with fewer than two ratings say nothing. 1 is full agreement, 0 what chance gives; null
 * without a pair of ratings, and when all ratings are one category.
 */
export function krippendorffAlpha(items: readonly (readonly (Rating | null)[])[]): number | null {
  const totals = new Map<Rating, number>();
  let disagreeing = 0;
  let n = 0;
  for (const item of items) {
    const ratings = item.filter((rating) => rating !== null);
    if (ratings.length < 2) continue;
    const counts = new Map<Rating, number>();
    for (const rating of ratings) counts.set(rating, (counts.get(rating) ?? 0) + 1);
    let agreeing = 0;
    for (const [rating, count] of counts) {
      agreeing += count * (count - 1);
      totals.set(rating, (totals.get(rating) ?? 0) + count);
    }
    disagreeing += (ratings.length * (ratings.length - 1) - agreeing) / (ratings.length - 1);
    n += ratings.length;
  }
  if (totals.size < 2) return null;
  let expected = n * n;
  for (const total of totals.values()) expected -= total * total;
  return 1 - ((n - 1) * disagreeing) / expected;
}

type Rating = string | number | boolean;
