/* One table: room -> what it may import. Everything else is an error. docs/ARCHITECTURE.md explains the rooms. */
const SHARED = ['shared/lib', 'shared/api'];
const HOST_CONTRACTS = '^src/host/(engine|storage|network|guests|metrics|transfer|notify|users|audit)/contract\\.ts$';
const ROOMS = {
  'shared/lib':        [],
  'shared/api':        ['shared/lib'],
  'shared/rules':      SHARED,
  'shared/ipc':        SHARED,
  'connection':        [...SHARED, 'shared/ipc'],
  'client':            [...SHARED, 'connection'],
  'main/settings':     [...SHARED, 'shared/ipc', 'client'],
  'main/sessions':     [...SHARED, 'shared/rules', 'shared/ipc', 'connection', 'client', 'main/settings'],
  'main/consoles':     [...SHARED, 'shared/ipc', 'client', 'main/sessions'],
  'main/transfers':    [...SHARED, 'shared/ipc', 'connection', 'client', 'main/sessions'],
  'main/windows':      [...SHARED, 'shared/ipc', 'main/settings'],
  'main/ipc':          [...SHARED, 'shared/ipc', 'connection', 'main/sessions', 'main/consoles', 'main/transfers', 'main/settings', 'main/windows'],
  'preload':           ['shared/ipc', 'shared/api'],
  'renderer/ui':       ['shared/lib'],
  'renderer/api':      [...SHARED, 'shared/ipc'],
  'renderer/parts':    [...SHARED, 'shared/rules', 'renderer/api', 'renderer/ui'],
  'renderer/features': [...SHARED, 'shared/rules', 'renderer/api', 'renderer/ui', 'renderer/parts'],
  'renderer/app':      [...SHARED, 'renderer/api', 'renderer/ui', 'renderer/parts', 'renderer/features'],
  'web':               [...SHARED, 'shared/ipc', 'connection', 'renderer/api', 'renderer/ui', 'renderer/parts', 'renderer/app'],
  'host/api':          [...SHARED, 'host/operations', 'host/store', 'host/metrics', 'host/transfer'],
  'host/operations':   [...SHARED, 'shared/rules', 'host/store'],
  'host/store':        SHARED,
  'host/engine':       ['shared/lib', 'host/platform'],
  'host/storage':      ['shared/lib', 'host/platform'],
  'host/network':      ['shared/lib', 'host/platform'],
  'host/guests':       ['shared/lib', 'host/platform'],
  'host/metrics':      ['shared/lib', 'host/platform'],
  'host/transfer':     ['shared/lib', 'host/platform'],
  'host/notify':       ['shared/lib'],
  'host/audit':       ['shared/lib', 'host/platform'],
  'host/users':       ['shared/lib', 'host/platform'],
  'host/platform':     ['shared/lib'],
  'host/boot':         ['shared/lib', 'host/platform'],
  'cli':               [...SHARED, 'shared/rules', 'client'],
};
/* Besides whole rooms: the contract files of the drivers. */
const CONTRACTS = { 'host/operations': [HOST_CONTRACTS], 'host/api': ['^src/host/(users|audit)/contract\\.ts$'], 'host/network': ['^src/host/engine/contract\\.ts$'], 'host/storage': ['^src/host/engine/contract\\.ts$'],
  'host/metrics': ['^src/host/(engine|network)/contract\\.ts$'] };
/* A process's main file wires its own rooms together; nothing imports it. */
const WIRING = { 'src/main/main.ts': ['main', 'connection', 'client', 'shared'], 'src/preload/preload.ts': ['shared'], 'src/renderer/main.tsx': ['renderer'], 'src/web/main.tsx': ['web', 'shared'], 'src/host/main.ts': ['host', 'shared'], 'src/cli/main.ts': ['cli', 'client', 'shared'] };
/* npm packages and Node builtins: who may hold them. */
const ONLY = {
  'electron(-store)?':    '^src/(main|preload)/',
  'react|react-dom|@mui|@emotion|@tanstack|@xterm|@novnc': '^src/(renderer|web)/',
  libsql:                 '^src/host/store/',
  child_process:          '^src/host/platform/',
};

const under = room => `^src/${room}/`;
const forbidden = [];
for (const [room, may] of Object.entries(ROOMS)) {
  forbidden.push({
    name: `room:${room}`, severity: 'error',
    comment: `${room} may import only: ${may.join(', ') || 'nothing'}`,
    from: { path: under(room) },
    to: { path: '^src/', pathNot: [...[room, ...may].map(under), ...(CONTRACTS[room] ?? [])] },
  });
}
for (const [file, rooms] of Object.entries(WIRING)) {
  forbidden.push({ name: `wiring:${file}`, severity: 'error', from: { path: `^${file}$` }, to: { path: '^src/', pathNot: rooms.map(under) } });
  forbidden.push({ name: `nobody-imports:${file}`, severity: 'error', from: {}, to: { path: `^${file}$` } });
}
for (const [what, where] of Object.entries(ONLY)) {
  forbidden.push({ name: `only:${what}`, severity: 'error',
    from: { path: '^src/', pathNot: where }, to: { path: `(^|node_modules/|node:)(${what})(/|$)` } });
}
forbidden.push(
  { name: 'no-node-here', severity: 'error', from: { path: '^src/(shared|connection|renderer|preload|web)/' }, to: { dependencyTypes: ['core'] } },
  { name: 'features-do-not-meet', severity: 'error',
    comment: 'what two features share moves down to renderer/parts (knows nouns) or renderer/ui (knows none)',
    from: { path: '^src/renderer/features/([^/]+)/' }, to: { path: '^src/renderer/features/', pathNot: '^src/renderer/features/$1/' } },
  { name: 'drivers-do-not-meet', severity: 'error',
    from: { path: '^src/host/(engine|storage|network)/([^/]+)/' },
    to: { path: '^src/host/(engine|storage|network)/[^/]+/', pathNot: '^src/host/$1/$2/' } },
  { name: 'concrete-drivers-only-in-main', severity: 'error',
    from: { path: '^src/host/(api|operations|store|metrics)/' }, to: { path: '^src/host/(engine|storage|network)/[^/]+/' } },
  { name: 'no-fakes-in-product', severity: 'error',
    from: { path: '^src/', pathNot: '\\.test\\.tsx?$' }, to: { path: '\\.test\\.tsx?$|^tests/' } },
  { name: 'no-unlisted-room', severity: 'error',
    comment: 'a new folder is added to ROOMS first, with the line saying what it may import',
    from: { path: '^src/', pathNot: [...Object.keys(ROOMS).map(under), ...Object.keys(WIRING).map(f => `^${f}$`)] }, to: {} },
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
);

module.exports = { forbidden, options: {
  tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, exclude: { path: '\\.test\\.tsx?$' },
  enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js'] } } };
