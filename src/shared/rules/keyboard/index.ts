export { COMBINATIONS, MODIFIERS, movesOfCombination, readCombination, type Modifier } from './combinations';
export { LAYOUTS, layoutOf, type Layout, type LayoutId } from './layouts';
export { movesOf, strokesOf, type KeyMove, type Typed } from './strokes';
