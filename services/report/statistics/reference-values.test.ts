import { describe, expect, test } from 'vitest';
import { calibration } from './calibration.ts';
import { cohenKappa } from './cohen-kappa.ts';
import { correctedShare } from './corrected-share.ts';
import { partialSpearman, pearson, spearman } from './correlation.ts';
import { fairCoins, normalCdf, normalQuantile, studentCdf, studentQuantile, studentUpperTail } from './distributions.ts';
import { cohenDz, hedgesFactor } from './effect-size.ts';
import { holm } from './holm.ts';
import { quantileSorted } from './interval.ts';
import { krippendorffAlpha } from './krippendorff.ts';
import { mannWhitney } from './mann-whitney.ts';
import { mcnemar } from './mcnemar.ts';
import { slopeOf } from './slope.ts';
import { pairedTTest } from './t-test.ts';
import { wilcoxonSignedRank } from './wilcoxon.ts';

/**
 * Second opinions were computed with Python 3.11, scipy 1.17.1, statsmodels 0.15.0, krippendorff 0.9.0 and numpy 2.4.6; the call is in the source.
 * Sources called "spec" are the check vectors of this project's statistics (per-profile data made for the purpose), given there to six digits.
 */
const A = [0.6, 0.55, 0.7, 0.4, 0.65, 0.5, 0.45, 0.75];
const B = [0.55, 0.5, 0.72, 0.35, 0.6, 0.52, 0.4, 0.7];
const specT = pairedTTest(minus(A, B))!;
const SPEC_D = [1, -2, 3, 4, 5, -6, 7, 8];
const SPEC_X = [0.1, 0.25, 0.25, 0.4, 0.55, 0.7];
const SPEC_Y = [0.02, -0.01, 0.03, 0.05, 0, 0.08];
const TOP = [0.012, 0.03, 0.05, -0.01, 0.02];
const BOTTOM = [-0.03, -0.02, 0.01, -0.05, 0];
// Hours of sleep gained with two drugs, Student (1908); R's data set "sleep".
const SLEEP = minus([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
const sleep = pairedTTest(SLEEP)!;
// Heights of crossed against self-fertilised maize, Darwin (1876), the example of scipy.stats.wilcoxon.
const MAIZE = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
// Depression scores before and after, Hollander and Wolfe (1973), the example of R's wilcox.test.
const DEPRESSION = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01];
const TIED = [1, -1, 2, 2, -3, 4, 4, 4, 5, -6, 0, 7];
const LONG = Array.from({ length: 40 }, (_, i) => (((i * 37) % 23) - 8) / 2);
// Ages at diagnosis, the example of scipy.stats.mannwhitneyu.
const MALES = [19, 22, 16, 29, 24];
const FEMALES = [20, 11, 17, 12];
const TIES_A = [1, 2, 2, 3, 5, 5, 8, 9, 9, 9, 12, 13];
const TIES_B = [1, 1, 2, 4, 5, 6, 6, 7, 9, 3, 3];
// Four observers, twelve units, five categories: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C.
const OBSERVERS = [
  [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
  [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
  [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
  [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
];
// Two observers, ten units, two categories: the same paper, example A.
const TWO_OBSERVERS = [
  [0, 1, 0, 0, 0, 0, 0, 0, 1, 0],
  [1, 1, 1, 0, 0, 1, 0, 0, 0, 0],
];
const judge = correctedShare({ positive: 400, items: 1000 }, { negatives: 200, trueNegatives: 140, positives: 200, truePositives: 180 });
const strict = correctedShare({ positive: 368, items: 400 }, { negatives: 40, trueNegatives: 34, positives: 160, truePositives: 155.2 });
const rare = correctedShare({ positive: 12.5, items: 250 }, { negatives: 100, trueNegatives: 98, positives: 30, truePositives: 18 });
const SPEED = [4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25];
const STOP = [2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85];
const corrected = holm([0.276, 0.046, 0.021]);
const textbook = holm([0.01, 0.04, 0.03, 0.005, 0.5]);

const CASES: readonly (readonly [what: string, source: string, found: number | null | undefined, expected: number])[] = [
  ['paired t', 'spec', specT.t, 2.836833],
  ['paired t, df', 'spec', specT.df, 7],
  ['paired t, two-sided p', 'spec', specT.p, 0.025159],
  ['paired t, one-sided p', 'spec', specT.pGreater, 0.012579],
  ['Wilcoxon, exact W', 'spec', wilcoxonSignedRank(SPEC_D)?.statistic, 8],
  ['Wilcoxon, exact p', 'spec', wilcoxonSignedRank(SPEC_D)?.p, 0.195313],
  ['Spearman with ties', 'spec', spearman(SPEC_X, SPEC_Y), 0.463817],
  ['Mann-Whitney U', 'spec', mannWhitney(TOP, BOTTOM)?.u, 23],
  ['Mann-Whitney, exact p', 'spec', mannWhitney(TOP, BOTTOM)?.p, 0.031746],
  ['Mann-Whitney, asymptotic one-sided p', 'spec', mannWhitney(TOP, BOTTOM, 'asymptotic')?.pGreater, 0.018357],
  ['Holm, first', 'spec', corrected[0], 0.276],
  ['Holm, second', 'spec', corrected[1], 0.092],
  ['Holm, third', 'spec', corrected[2], 0.063],
  ['paired t, sleep', "R's t.test help, sleep data: t = -4.0621, p = 0.002833; scipy.stats.ttest_rel", sleep.t, -4.062127683382037],
  ['paired p, sleep', 'scipy.stats.ttest_rel', sleep.p, 0.002832890197384273],
  ['paired one-sided p, sleep', "scipy.stats.ttest_rel(alternative='greater')", sleep.pGreater, 0.9985835549013079],
  ['paired interval, sleep, low', 'ttest_rel(...).confidence_interval(); R prints -2.4598858', sleep.interval.low, -2.459885763276983],
  ['paired interval, sleep, high', 'ttest_rel(...).confidence_interval(); R prints -0.7001142', sleep.interval.high, -0.7001142367230175],
  ['Cohen d_z, sleep', 'numpy: mean / std(ddof=1)', cohenDz(SLEEP), -1.2845575625910546],
  ['Hedges factor, ten pairs', 'Hedges (1981), 1 - 3 / (4 * 9 - 1)', hedgesFactor(10), 32 / 35],
  ['Wilcoxon, maize, W', 'scipy.stats.wilcoxon documentation: 24', wilcoxonSignedRank(MAIZE)?.statistic, 24],
  ['Wilcoxon, maize, p', 'scipy.stats.wilcoxon documentation: 0.041259765625', wilcoxonSignedRank(MAIZE)?.p, 0.041259765625],
  ['Wilcoxon, depression, V', "R's wilcox.test help: V = 40", wilcoxonSignedRank(DEPRESSION)?.plus, 40],
  ['Wilcoxon, depression, p', "scipy.stats.wilcoxon(method='exact'); R prints the half of it, 0.01953", wilcoxonSignedRank(DEPRESSION)?.p, 0.0390625],
  ['Wilcoxon, ties, exact p', "scipy.stats.permutation_test(permutation_type='samples', n_resamples=inf) of the midrank sum", wilcoxonSignedRank(TIED)?.p, 0.1455078125],
  ['Wilcoxon, 40 with ties and zeros, W', "scipy.stats.wilcoxon(method='asymptotic', correction=False)", wilcoxonSignedRank(LONG)?.statistic, 220],
  ['Wilcoxon, 40 with ties and zeros, p', "scipy.stats.wilcoxon(method='asymptotic', correction=False)", wilcoxonSignedRank(LONG)?.p, 0.017584274072678253],
  ['Mann-Whitney, ages, U', 'scipy.stats.mannwhitneyu documentation: 17', mannWhitney(MALES, FEMALES)?.u, 17],
  ['Mann-Whitney, ages, exact p', 'scipy.stats.mannwhitneyu documentation: 0.1111111111111111', mannWhitney(MALES, FEMALES)?.p, 1 / 9],
  ['Mann-Whitney, ages, asymptotic p', 'scipy.stats.mannwhitneyu documentation: 0.11134688653314041', mannWhitney(MALES, FEMALES, 'asymptotic')?.p, 0.11134688653314041],
  ['Mann-Whitney, ties, asymptotic p', "scipy.stats.mannwhitneyu(method='asymptotic')", mannWhitney(TIES_A, TIES_B, 'asymptotic')?.p, 0.21526843067405088],
  ['Mann-Whitney, ties, exact p', 'scipy.stats.permutation_test of mannwhitneyu(...).statistic, n_resamples=inf', mannWhitney([1, 2, 2, 5, 5], [1, 1, 2, 4])?.p, 0.38095238095238093],
  ['Spearman', 'scipy.stats.spearmanr documentation: 0.8207826816681233', spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 0.8207826816681233],
  ['Pearson', 'scipy.stats.pearsonr documentation: -0.7426106572325057', pearson([1, 2, 3, 4, 5], [10, 9, 2.5, 6, 4]), -0.7426106572325057],
  ['partial Spearman', 'scipy.stats.pearsonr of numpy.linalg.lstsq residuals of rankdata', partialSpearman(SPEC_X, SPEC_Y, [3, 1, 2, 2, 5, 4]), 0.4136952075854916],
  ['McNemar, exact, airways', 'Fagerland, Lydersen and Laake (2013), table 1: 0.0703', mcnemar(1, 7)?.exact, 0.0703125],
  ['McNemar, mid-p, airways', 'Fagerland, Lydersen and Laake (2013), table 1: 0.0391', mcnemar(1, 7)?.midP, 0.0390625],
  ['McNemar, exact, approval', 'statsmodels mcnemar([[794, 86], [150, 570]], exact=True); data: Agresti (1990)', mcnemar(86, 150)?.exact, 3.7159361395713866e-5],
  ['McNemar, mid-p, approval', 'the same less scipy.stats.binom.pmf(86, 236, .5)', mcnemar(150, 86)?.midP, 2.893389517615428e-5],
  ['Holm, five, smallest', "statsmodels multipletests(method='holm')", textbook[3], 0.025],
  ['Holm, five, kept in order', "statsmodels multipletests(method='holm')", textbook[1], 0.09],
  ['Holm, five, largest', "statsmodels multipletests(method='holm')", textbook[4], 0.5],
  ['Krippendorff alpha, four observers, missing', 'Krippendorff (2011), example C: 0.743; krippendorff.alpha(level_of_measurement="nominal")', krippendorffAlpha(transpose(OBSERVERS)), 0.743421052631579],
  ['Krippendorff alpha, two observers', 'Krippendorff (2011), example A: 0.095; krippendorff.alpha', krippendorffAlpha(transpose(TWO_OBSERVERS)), 0.09523809523809534],
  ['Cohen kappa, 20 / 5 / 10 / 15', 'Wikipedia, Cohen\'s kappa, first example: 0.4; sklearn cohen_kappa_score', cohenKappa([...repeat('y', 25), ...repeat('n', 25)], [...repeat('y', 20), ...repeat('n', 5), ...repeat('y', 10), ...repeat('n', 15)]), 0.4],
  ['Cohen kappa, three categories', 'sklearn cohen_kappa_score', cohenKappa([0, 0, 1, 1, 2, 2, 0, 1, 2, 2], [0, 1, 1, 1, 2, 0, 0, 1, 2, 1]), 0.5588235294117647],
  ['corrected share', 'UW-Madison-Lee-Lab/LLM-judge-reporting at 082884d, point_estimator(.4, .7, .9)', judge.refused === null ? judge.value : null, 0.16666666666666666],
  ['corrected share, low', 'the same, confidence_interval(.4, .7, .9, 1000, 200, 200)', judge.refused === null ? judge.interval.low : null, 0.05635072484160894],
  ['corrected share, high', 'the same', judge.refused === null ? judge.interval.high : null, 0.2627330257859588],
  ['corrected share, strict judge, low', 'the same, confidence_interval(.92, .85, .97, 400, 40, 160)', strict.refused === null ? strict.interval.low : null, 0.8909988785487405],
  ['corrected share, strict judge, high', 'the same', strict.refused === null ? strict.interval.high : null, 0.9881523384674818],
  ['corrected share, rare, value', 'the same, point_estimator(.05, .98, .6)', rare.refused === null ? rare.value : null, 0.051724137931034524],
  ['corrected share, rare, high', 'the same, confidence_interval(.05, .98, .6, 250, 100, 30)', rare.refused === null ? rare.interval.high : null, 0.12558020060863728],
  ['least squares slope', 'R: coef(lm(dist ~ speed, cars)) prints 3.932409; scipy.stats.linregress', slopeOf(SPEED, STOP), 3.9324087591240864],
  ['Student quantile, 10 degrees', 'tables: 2.228; scipy.stats.t.ppf(.975, 10)', studentQuantile(0.975, 10), 2.228138851986274],
  ['Student quantile, 5 degrees', 'tables: 4.032; scipy.stats.t.ppf(.995, 5)', studentQuantile(0.995, 5), 4.032142983555228],
  ['Student upper tail', 'scipy.stats.t.sf(2.836833, 7)', studentUpperTail(2.836833, 7), 0.012579266470329933],
  ['Student, Cauchy', 'exact: 1/4 at -1 for one degree', studentCdf(-1, 1), 0.25],
  ['normal quantile', 'scipy.stats.norm.ppf(.975)', normalQuantile(0.975), 1.959963984540054],
  ['normal distribution', 'scipy.stats.norm.cdf(-1.96)', normalCdf(-1.96), 0.024997895148220435],
  ['coins, at most', 'scipy.stats.binom.cdf(40, 121, .5)', fairCoins(40, 121).below, 0.0001221085122484721],
  ['coins, exactly', 'scipy.stats.binom.pmf(480, 1000, .5)', fairCoins(480, 1000).at, 0.011340982371187717],
  ['quantile, tenth', 'numpy.quantile([1, 2, 4, 7, 11], .1)', quantileSorted([1, 2, 4, 7, 11], 0.1), 1.4],
  ['quantile, upper', 'numpy.quantile([1, 2, 4, 7, 11], .975)', quantileSorted([1, 2, 4, 7, 11], 0.975), 10.6],
];

describe('agreement with published and reference values to 1e-6', () => {
  test.each(CASES)('%s (%s)', (_, __, found, expected) => {
    expect(found).toEqual(expect.any(Number));
    expect(Math.abs(found! - expected)).toBeLessThan(1e-6);
  });

  test('at least 25 of them are not of our own making', () => {
    expect(CASES.filter(([, source]) => source !== 'spec').length).toBeGreaterThanOrEqual(25);
  });
});

describe('calibration', () => {
  test('by hand: two bins of a hundred and of fifty items', () => {
    // |0.90 − 0.95| · 100/150 + |0.50 − 0.65| · 50/150 = 0.0833…
    const items = [...cases(100, 90, 0.95), ...cases(50, 25, 0.65)];
    const { error, bins, coverage } = calibration(items);
    expect(error).toBeCloseTo(1 / 12, 9);
    expect(bins.filter((bin) => bin.items > 0).map(({ low, items: count, accuracy }) => [low, count, accuracy])).toEqual([[0.6, 50, 0.5], [0.9, 100, 0.9]]);
    expect(coverage).toEqual([{ certainty: 0.95, coverage: 2 / 3, accuracy: 0.9 }, { certainty: 0.65, coverage: 1, accuracy: 115 / 150 }]);
  });

  test('a border belongs to the bin below; 0 to the first', () => {
    const { bins } = calibration([{ certainty: 0, correct: false }, { certainty: 0.3, correct: true }, { certainty: 1, correct: true }]);
    expect(bins.map((bin) => bin.items)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('nothing to say, nothing said; no certainty beyond 1', () => {
    expect(calibration([]).error).toBeNull();
    expect(() => calibration([{ certainty: 1.2, correct: true }])).toThrow(/1\.2/);
  });
});

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value - b[index]!);
}

function repeat<T>(value: T, times: number): T[] {
  return new Array<T>(times).fill(value);
}

function transpose<T>(rows: readonly (readonly T[])[]): T[][] {
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}

function cases(count: number, correct: number, certainty: number): { certainty: number; correct: boolean }[] {
  return Array.from({ length: count }, (_, index) => ({ certainty, correct: index < correct }));
}
