import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimise } from '../../../src/models/forecast/minimise.ts';
import { predictNaive, predictSmoothed } from '../../../src/models/forecast/prediction.ts';
import {
  holtWinters,
  type Seasonal,
  simpleSmoothing,
  smoothedAt,
} from '../../../src/models/forecast/smoothing.ts';
import { startOf } from '../../../src/models/forecast/start.ts';
import { Random } from '../../../src/models/random.ts';
import { close } from '../close.ts';
import { airPassengers, co2, nile } from './r-series.ts';

/** The weights of the vectors that need no search. */
const weights = { alpha: 0.3, beta: 0.05, gamma: 0.8 };
/** What R leaves of a sum of squares when its search stops. */
const STOPPED = 1 + 1e-6;

const means = (fit: ReturnType<typeof holtWinters>, horizon: number) =>
  Array.from({ length: horizon }, (_, i) => smoothedAt(fit, i + 1));

describe('start values', () => {
  it('are those of R for the airline passengers', () => {
    const multiplicative = startOf(airPassengers, 12, 'multiplicative');
    close(multiplicative.level, 124.316919191919, 1e-13);
    close(multiplicative.slope, 1.14568764568765, 1e-12);
    [
      0.885377815022177, 0.956702662008391, 1.05604790005129, 0.99999180855271, 0.919180306022048,
      1.08513403180744, 1.17950860096112, 1.17526020717901, 1.07399050289666, 0.935173924204861,
      0.814655016855593, 0.918977224438701,
    ].forEach((season, i) => {
      close(multiplicative.seasons[i], season, 1e-12);
    });
    const additive = startOf(airPassengers, 12, 'additive');
    [
      -14.8194444444445, -5.65277777777777, 7.51388888888889, 0.0138888888888882, -10.9861111111111,
      11.6805555555555, 22.6388888888889, 22.1805555555556, 9.47222222222223, -8.15277777777777,
      -23.5694444444444, -10.3194444444445,
    ].forEach((season, i) => {
      expect(additive.seasons[i]).toBeCloseTo(season, 10);
    });
  });
});

describe('Holt-Winters with fixed weights', () => {
  it('has the errors and forecasts of R where seasons multiply', () => {
    const fit = holtWinters(airPassengers, 12, 'multiplicative', { weights });
    close(fit.sse, 16954.4351513992, 1e-12);
    close(fit.level, 478.522275669943, 1e-12);
    close(fit.slope, 3.28609906458561, 1e-12);
    close(fit.seasons[0], 0.927970176781965, 1e-12);
    const [jan, feb, mar] = means(fit, 12);
    close(jan, 447.103802677432, 1e-12);
    close(feb, 420.362339554565, 1e-12);
    close(mar, 468.906779157406, 1e-12);
    close(means(fit, 12)[11], 467.873898709279, 1e-12);
    close(means(fit, 24)[23], 503.494258059057, 1e-12);
  });

  it('has the errors, forecasts and intervals of R where seasons add', () => {
    const fit = holtWinters(airPassengers, 12, 'additive', { weights });
    close(fit.sse, 26626.4705891512, 1e-12);
    const predictions = predictSmoothed(fit, 24);
    for (const [h, mean, high, low] of [
      [1, 455.139397634045, 482.994021882657, 427.284773385432],
      [2, 434.388741010115, 463.592624213607, 405.184857806622],
      [12, 474.266286643982, 520.017877941848, 428.514695346116],
      [13, 495.668301677079, 549.819940745791, 441.516662608366],
      [24, 514.795190687016, 590.455754437341, 439.134626936692],
    ] as const) {
      close(predictions[h - 1]?.mean, mean, 1e-12);
      close(predictions[h - 1]?.high, high, 1e-9);
      close(predictions[h - 1]?.low, low, 1e-9);
    }
  });

  it('takes other start values: those that the reference prints with six decimals', () => {
    const seasons = [
      0.885378, 0.956703, 1.056048, 0.999992, 0.91918, 1.085134, 1.179509, 1.17526, 1.073991, 0.935174,
      0.814655, 0.918977,
    ];
    const start = { at: 12, level: 124.31692, slope: 1.145688, seasons };
    const fit = holtWinters(airPassengers, 12, 'multiplicative', { weights, start });
    close(fit.sse, 16954.4355994192, 1e-12);
  });
});

describe('Holt-Winters with fitted weights', () => {
  // R's search stops early: no sum of squares may be above its own, and forecasts differ by a thousandth at most.
  it('is at least as good as R on the airline passengers, where seasons multiply', () => {
    const fit = holtWinters(airPassengers, 12, 'multiplicative');
    expect(fit.sse).toBeLessThanOrEqual(16570.7778669999 * STOPPED);
    close(fit.alpha, 0.2755925, 1e-3);
    close(fit.beta, 0.032693, 1e-2);
    close(fit.gamma, 0.8707292, 1e-3);
    [
      447.0559, 419.7123, 464.8671, 496.0839, 507.5326, 575.4509, 666.5923, 657.9137, 550.3088, 492.9853,
      420.2073, 465.6345,
    ].forEach((mean, i) => {
      close(means(fit, 12)[i], mean, 1e-4);
    });
  });

  it('is at least as good as R on them where seasons add, with a weight at its bound', () => {
    const fit = holtWinters(airPassengers, 12, 'additive');
    expect(fit.sse).toBeLessThanOrEqual(21860.1846218501 * STOPPED);
    expect(fit.gamma).toBe(1);
    close(fit.alpha, 0.247959489735621, 1e-3);
  });

  it('is at least as good as R on the carbon dioxide of Mauna Loa', () => {
    const fit = holtWinters(co2, 12, 'additive');
    expect(fit.sse).toBeLessThanOrEqual(43.1298613676973 * STOPPED);
    close(fit.alpha, 0.5126484, 1e-2);
    close(fit.beta, 0.0094977, 2e-2);
    close(fit.gamma, 0.4728868, 1e-2);
    close(fit.level, 364.7616, 1e-4);
    close(fit.slope, 0.1247438, 1e-2);
    [365.1079, 365.9664, 366.7343].forEach((mean, i) => {
      close(means(fit, 3)[i], mean, 1e-5);
    });
    const [, , mar] = predictSmoothed(fit, 3);
    close(mar?.high, 367.482279745823, 1e-5);
    close(mar?.low, 365.986379207378, 1e-5);
  });
});

describe('prediction intervals where seasons multiply', () => {
  /** Printed by R 4.2.2 for the next eleven months with fitted weights: mean and upper bound. */
  const ofR = [
    [447.055931344916, 466.805729663116],
    [419.712279855699, 440.291974466426],
    [464.867131095767, 486.771227830803],
    [496.083937621018, 519.334974736803],
    [507.532637500571, 531.927761673263],
    [575.450895961051, 602.193535571887],
    [666.592293420418, 696.555757421307],
    [657.913718340472, 688.645351960938],
    [550.308766449002, 578.977737734733],
    [492.985309235296, 520.955308556697],
    [420.207279555462, 446.945780573723],
  ] as const;
  const weightsOfR = { alpha: 0.27559247473635, beta: 0.0326929527336615, gamma: 0.870729222265009 };
  const fit = holtWinters(airPassengers, 12, 'multiplicative', { weights: weightsOfR });

  it('are those of R, but for the newest error, which R weights with less than 1', () => {
    const newest = weightsOfR.alpha + weightsOfR.gamma * (1 - weightsOfR.alpha);
    const mean = fit.errors.reduce((sum, error) => sum + error, 0) / fit.errors.length;
    const variance =
      fit.errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (fit.errors.length - 1);
    const lost = 1.95996398454005 ** 2 * variance * (1 - newest ** 2);
    predictSmoothed(fit, 11).forEach((prediction, i) => {
      const [expected, high] = ofR[i] as (typeof ofR)[number];
      close(prediction.mean, expected, 1e-9);
      close((prediction.high - prediction.mean) ** 2, (high - expected) ** 2 + lost, 1e-6);
    });
  });

  it('have for January 427.306 to 466.806 when weighted as R does', () => {
    const [january] = predictSmoothed(fit, 1);
    const half =
      ((january?.high ?? 0) - (january?.mean ?? 0)) *
      (0.27559247473635 + 0.870729222265009 * (1 - 0.27559247473635));
    close((january?.mean ?? 0) - half, 427.306, 2e-6);
    close((january?.mean ?? 0) + half, 466.806, 2e-6);
  });

  it('have 95 % of what follows when the data are as the model has them', () => {
    const given = { alpha: 0.3, beta: 0.05, gamma: 0.2 };
    const random = new Random(4);
    const start = { at: 4, level: 100, slope: 1, seasons: [0.6, 0.9, 1.3, 1.2] };
    const simulate = (count: number) => {
      const values = new Array<number>(4).fill(0.001);
      while (values.length < count) {
        const fit = holtWinters([...values, 1, 1, 1, 1], 4, 'multiplicative', { weights: given, start });
        // What the fit expected of the first of the appended ones, and how far it was off.
        values.push(1 - (fit.errors[values.length - 4] as number) + 2 * random.normal());
      }
      return values;
    };
    let within = 0;
    const runs = 60;
    for (let run = 0; run < runs; run++) {
      const values = simulate(70);
      const fit = holtWinters(values.slice(0, 64), 4, 'multiplicative', { weights: given, start });
      predictSmoothed(fit, 6).forEach(({ low, high }, i) => {
        const value = values[64 + i] as number;
        if (value >= low && value <= high) within++;
      });
    }
    expect(within / (6 * runs)).toBeGreaterThan(0.9);
    expect(within / (6 * runs)).toBeLessThan(0.99);
  });
});

describe('simple exponential smoothing', () => {
  it('has the level and intervals of R with a fixed weight', () => {
    const fit = simpleSmoothing(nile, 0.3);
    close(fit.sse, 2043113.63105055, 1e-12);
    const [first, , third] = predictSmoothed(fit, 3);
    close(first?.mean, 788.440125585578, 1e-12);
    close(first?.high, 1070.58100805768, 1e-9);
    close(third?.low, 481.956678196785, 1e-9);
  });

  it('is at least as good as R with a fitted one', () => {
    const fit = simpleSmoothing(nile);
    expect(fit.sse).toBeLessThanOrEqual(2038871.83288585 * STOPPED);
    // R stops its search at an interval of 1.2e-4.
    expect(Math.abs(fit.alpha - 0.2465579)).toBeLessThan(1.2e-4);
    close(fit.level, 805.0389, 1e-4);
  });

  it('follows the last value with a weight of one, and stays at the first with none', () => {
    expect(simpleSmoothing(nile, 1).level).toBe(740);
    expect(simpleSmoothing(nile, 0).level).toBe(1120);
  });
});

describe('the seasonal naive forecast', () => {
  it('repeats the last season, with intervals that widen from season to season', () => {
    const [jan, , , , , , , , , , , , next] = predictNaive(airPassengers, 12, 13);
    expect(jan?.mean).toBe(417);
    expect(next?.mean).toBe(417);
    const errors = airPassengers.slice(12).map((value, t) => value - (airPassengers[t] as number));
    const root = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    close((jan?.high ?? 0) - 417, 1.959964 * root, 1e-6);
    close(417 - (next?.low ?? 0), 1.959964 * root * Math.SQRT2, 1e-6);
  });

  it('needs more than one season for an interval', () => {
    expect(() => predictNaive([1, 2], 2, 1)).toThrow(RangeError);
    expect(() => predictNaive([1, 2, 3], 2, 1, 1)).toThrow(RangeError);
  });
});

describe('laws of smoothing', () => {
  const anyWeights = fc.record({
    alpha: fc.double({ min: 0, max: 1, noNaN: true }),
    beta: fc.double({ min: 0, max: 1, noNaN: true }),
    gamma: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('a series of exact seasons and slope is forecast exactly from where it starts', () => {
    fc.assert(
      fc.property(
        anyWeights,
        fc.constantFrom<Seasonal>('additive', 'multiplicative'),
        fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 2, maxLength: 8 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (given, seasonal, seasons, slope) => {
          const period = seasons.length;
          const at = (t: number) => {
            const season = (seasons[t % period] as number) / 10;
            return seasonal === 'additive' ? 50 + slope * t + season : (50 + slope * t) * season;
          };
          const values = Array.from({ length: 4 * period }, (_, t) => at(t));
          const start = {
            at: period,
            level: 50 + slope * (period - 1),
            slope,
            seasons: seasons.map((season) => season / 10),
          };
          const fit = holtWinters(values, period, seasonal, { weights: given, start });
          means(fit, 2 * period).forEach((mean, h) => {
            close(mean, at(4 * period + h), 1e-9);
          });
        },
      ),
      { seed: 1 },
    );
  });

  it('a level with exact seasons is forecast exactly from the start values of R too', () => {
    fc.assert(
      fc.property(
        anyWeights,
        fc.array(fc.integer({ min: 50, max: 90 }), { minLength: 2, maxLength: 9 }),
        fc.constantFrom<Seasonal>('additive', 'multiplicative'),
        (given, season, seasonal) => {
          const values = [...season, ...season, ...season];
          const fit = holtWinters(values, season.length, seasonal, { weights: given });
          means(fit, season.length).forEach((mean, h) => {
            close(mean, season[h] as number, 1e-9);
          });
        },
      ),
      { seed: 2 },
    );
  });

  it('a change of unit changes the forecast by as much, one of zero too where seasons add', () => {
    fc.assert(
      fc.property(
        anyWeights,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: -40, max: 40 }),
        (given, scale, zero) => {
          const moved = airPassengers.map((value) => scale * value + zero);
          const [there, here] = [airPassengers, moved].map((values) =>
            holtWinters(values, 12, 'additive', { weights: given }),
          );
          if (there === undefined || here === undefined) throw new Error('two fits were made');
          means(there, 3).forEach((mean, h) => {
            close(smoothedAt(here, h + 1), scale * mean + zero, 1e-7);
          });
        },
      ),
      { seed: 3 },
    );
  });

  it('intervals widen with every step where seasons add, and with the level', () => {
    const fit = holtWinters(airPassengers, 12, 'additive', { weights });
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const widths = predictSmoothed(fit, 30).map(width);
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
    expect(predictSmoothed(fit, 1, 0.99).map(width)[0]).toBeGreaterThan(widths[0] as number);
  });
});

describe('refusals', () => {
  it.each([
    ['fewer than two seasons', () => holtWinters(airPassengers.slice(0, 23), 12, 'additive')],
    ['two weeks less an hour', () => holtWinters(new Array(335).fill(1), 168, 'additive')],
    ['a season of one', () => holtWinters(airPassengers, 1, 'additive')],
    ['a zero where seasons multiply', () => holtWinters([...airPassengers, 0], 12, 'multiplicative')],
    ['a gap', () => holtWinters([...airPassengers, Number.NaN], 12, 'additive')],
    [
      'a weight above one',
      () => holtWinters(airPassengers, 12, 'additive', { weights: { ...weights, alpha: 1.1 } }),
    ],
    [
      'a start of other seasons',
      () =>
        holtWinters(airPassengers, 12, 'additive', { start: { at: 1, level: 1, slope: 0, seasons: [0] } }),
    ],
    ['two values', () => simpleSmoothing([1, 2])],
    ['a horizon of zero', () => predictSmoothed(simpleSmoothing(nile, 0.3), 0)],
    ['a level of one', () => predictSmoothed(simpleSmoothing(nile, 0.3), 1, 1)],
  ])('%s', (_, refused) => {
    expect(refused).toThrow(RangeError);
  });

  it('says how many values two seasons are', () => {
    expect(() => holtWinters(new Array(300).fill(1), 168, 'additive')).toThrow('two seasons of 168');
  });
});

describe('the search', () => {
  it('finds the bottom of a curved valley, and a corner of the box', () => {
    const valley = ([x = 0, y = 0]: readonly number[]) => (x - 0.4) ** 2 + 100 * (y - x ** 2) ** 2;
    const found = minimise(valley, [[0.9, 0.1]]);
    expect(found.point[0]).toBeCloseTo(0.4, 5);
    expect(found.point[1]).toBeCloseTo(0.16, 5);
    expect(minimise(([x = 0, y = 0]) => x - y, [[0.5, 0.5]]).point).toEqual([0, 1]);
  });

  it('takes the best of its starts, and passes by what is not a number', () => {
    const two = ([x = 0]: readonly number[]) => Math.min((x - 0.1) ** 2 + 0.5, (x - 0.9) ** 2);
    expect(minimise(two, [[0.1], [0.8]]).point[0]).toBeCloseTo(0.9, 6);
    const half = ([x = 0]: readonly number[]) => (x < 0.5 ? Number.NaN : (x - 0.6) ** 2);
    expect(minimise(half, [[0.2], [0.95]]).point[0]).toBeCloseTo(0.6, 6);
    expect(() => minimise(two, [])).toThrow(RangeError);
  });
});
