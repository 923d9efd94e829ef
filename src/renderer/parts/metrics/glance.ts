/* One quantity of one object, or of one disk or card of it, at a glance: its newest value and the course of the last minutes, for lists. */
import type { Figures, MetricsClass, Session } from '../../api';
import { combine, type QuantityId, type Recipe, recipesOf } from './quantities';

/** An object, or a disk or a network card of it, as its data sources name that: `xvda`, `0`, `eth0`. */
export interface Place { uuid: string; device?: string | undefined }

/** Which sources make it up is found out once for as long as they stay the same. */
const recipes = new WeakMap<ReadonlyMap<string, Float32Array>, Map<string, Recipe | undefined>>();
const recipeOf = (cls: MetricsClass, id: QuantityId, device: string | undefined, { sources }: Figures): Recipe | undefined => {
  const known = recipes.get(sources) ?? new Map<string, Recipe | undefined>();
  recipes.set(sources, known);
  const key = `${id} ${sources.size} ${device ?? ''}`;
  if (!known.has(key)) known.set(key, recipesOf(cls, id, device === undefined ? [...sources.keys()] : sourcesOf(id, device).filter(name => sources.has(name)), 'one')[0]);
  return known.get(key);
};

const sourcesOf = (id: QuantityId, device: string): string[] => (id === 'network' ? ['vif', 'pif'] : ['vbd', 'disk']).flatMap(kind => (id === 'network' ? ['rx', 'tx'] : ['read', 'write']).map(way => `${kind}_${device}_${way}`));

/** NaN while it is unknown, as of a VM that is off. */
export const valueNow = ({ feed }: Session, cls: MetricsClass, { uuid, device }: Place, id: QuantityId): number => {
  const figures = feed.figures(uuid);
  const recipe = figures && recipeOf(cls, id, device, figures);
  return figures && recipe ? combine(recipe, source => figures.sources.get(source)?.at(-1) ?? Number.NaN) : Number.NaN;
};

export const courseOf = ({ feed }: Session, cls: MetricsClass, { uuid, device }: Place, id: QuantityId): Float32Array => {
  const figures = feed.figures(uuid);
  const recipe = figures && recipeOf(cls, id, device, figures);
  return figures && recipe ? Float32Array.from(figures.times, (_t, i) => combine(recipe, source => figures.sources.get(source)?.[i] ?? Number.NaN)) : new Float32Array();
};

const LEAST: Readonly<Partial<Record<QuantityId, number>>> = { cpu: 1, disk: 256 * 1024, network: 64 * 1024 };
const HEADROOM = 1.25;
/** In a longer list the height is that of what is now: to look at every course would take too long. */
const COURSES_MAX = 200;
/** The same height for all rows of a list, so that they can be compared: of the greatest value in it, and never of next to nothing. */
export const topOf = (session: Session, cls: MetricsClass, places: readonly Place[], id: QuantityId): number =>
  places.reduce((top, place) => {
    const most = places.length > COURSES_MAX ? valueNow(session, cls, place, id) * (id === 'cpu' ? 1 : HEADROOM) : courseOf(session, cls, place, id).reduce((a, b) => (b > a ? b : a), 0);
    return most > top ? most : top;
  }, LEAST[id] ?? 1);
