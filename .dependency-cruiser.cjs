/** Who may import what. Services meet over proto, never in code. */
const SERVICES = 'model-sim|simulator|agent|preference-store|judge|orchestrator|report|all-in-one|cli';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'gen-imports-npm-only', severity: 'error', from: { path: '^services/gen/' }, to: { path: '^services/(?!gen/)' } },
    { name: 'platform-knows-no-service', severity: 'error', from: { path: '^services/platform/' }, to: { path: '^services/(?!platform/|gen/)' } },
    { name: 'catalogue-is-a-library', severity: 'error', from: { path: '^services/catalogue/' }, to: { path: '^services/(?!catalogue/|platform/|gen/)' } },
    {
      name: 'datasets-is-a-library',
      severity: 'error',
      from: { path: '^services/datasets/' },
      to: { path: '^services/(?!datasets/|catalogue/|platform/|gen/)' },
    },
    {
      name: 'datasets-by-its-index',
      comment: 'who reads problems or grades answers asks the library, by its public names',
      severity: 'error',
      from: { path: '^services/(?!datasets/)' },
      to: { path: '^services/datasets/', pathNot: ['^services/datasets/index\\.ts$', '^services/datasets/grading/index\\.ts$'] },
    },
    {
      name: 'conformance-knows-the-contract-only',
      severity: 'error',
      from: { path: '^services/conformance/' },
      to: { path: '^services/(?!conformance/|platform/|gen/)' },
    },
    {
      name: 'who-examines-methods',
      comment: 'the command line, by the public names; tests also by the small server made for them',
      severity: 'error',
      from: { path: '^services/(?!conformance/)' },
      to: { path: '^services/conformance/', pathNot: ['^services/conformance/(index|testing)\\.ts$'] },
    },
    {
      name: 'who-reads-datasets',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/(datasets|orchestrator|judge|all-in-one|cli)/' },
      to: { path: '^services/datasets/' },
    },
    {
      name: 'services-meet-over-proto',
      severity: 'error',
      from: { path: '^services/(model-sim|simulator|agent|preference-store|judge|orchestrator|report)/' },
      to: { path: `^services/(${SERVICES})/`, pathNot: '^services/$1/' },
    },
    {
      name: 'assembly-uses-public-names',
      comment: 'all-in-one and the command line see service.ts, config.ts and main.ts of a service, nothing inside it',
      severity: 'error',
      from: { path: '^services/(all-in-one|cli)/' },
      to: { path: `^services/(${SERVICES})/`, pathNot: ['^services/$1/', '^services/[^/]+/(service|config|main)\\.ts$'] },
    },
    {
      name: 'methods-touch-method-ts-only',
      comment: 'methods/<name> imports method.ts and what a family of methods shares; never another method',
      severity: 'error',
      from: { path: '^services/agent/methods/([^/]+)/' },
      to: { path: '^services/', pathNot: ['^services/agent/methods/$1/', '^services/agent/method\\.ts$', '^services/agent/families/'] },
    },
    {
      name: 'grpc-in-one-place',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/(platform/(rpc|errors)|gen/)' },
      to: { path: 'node_modules/(nice-grpc|@grpc)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'model-api-in-one-place',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/platform/models/' },
      to: { path: 'node_modules/(openai|undici)/' },
    },
    {
      name: 'qdrant-in-one-place',
      severity: 'error',
      from: { path: '^(services|test|bench)/', pathNot: '^services/preference-store/stores/qdrant/client\\.ts$' },
      to: { path: 'node_modules/@qdrant/' },
    },
    {
      name: 'nats-in-one-place',
      severity: 'error',
      from: { path: '^(services|test)/', pathNot: '^services/platform/bus/nats/' },
      to: { path: 'node_modules/@nats-io/' },
    },
    {
      name: 'the-bus-by-its-public-names',
      comment: 'everybody else sees platform/bus.ts and platform/nats.ts; tests also the suite that every bus passes',
      severity: 'error',
      from: { path: '^(services|test)/', pathNot: '^services/platform/(bus/|bus\\.ts$|nats\\.ts$)' },
      to: { path: '^services/platform/bus/', pathNot: '^services/platform/bus/contract-suite\\.ts$' },
    },
    { name: 'no-test-code-in-services', severity: 'error', from: { path: '^services/', pathNot: '\\.test\\.ts$' }, to: { path: '^test/|\\.test\\.ts$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
