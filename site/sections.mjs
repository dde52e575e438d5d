const doc = (name, title) => ({ source: `docs/${name}.md`, path: name, title })

/**
 * The pages of the site, in the order of its sidebar: the file of the repository that a page is made of, its path on the site, and its
 * title in the sidebar.
 */
export const SECTIONS = [
  {
    title: 'Begin',
    pages: [
      { source: 'README.md', path: 'index', title: 'What it is' },
      doc('from-the-article', 'From the article'),
    ],
  },
  {
    title: 'Use',
    pages: [
      doc('sql-tasks', 'SQL tasks'),
      doc('types', 'Types in Parquet'),
      doc('scripts', 'Scripts'),
      doc('console', 'The console'),
      doc('library', 'The library'),
      doc('json', 'JSON documents'),
      doc('errors', 'Errors'),
      doc('troubleshooting', 'Troubleshooting'),
    ],
  },
  {
    title: 'Operate',
    pages: [
      doc('operations', 'Operations'),
      doc('login', 'Login'),
      doc('security', 'Security'),
      doc('container', 'The container'),
      { source: 'packages/batchquery-cdk/README.md', path: 'cdk', title: 'The CDK construct' },
      doc('orchestration', 'From other programs'),
      doc('scale', 'Scale'),
    ],
  },
  {
    title: 'Trust',
    pages: [
      doc('guarantees', 'Guarantees'),
      doc('benchmarks', 'Benchmarks'),
      doc('benchmarks-parquet', 'Benchmarks of Parquet'),
    ],
  },
  {
    title: 'Build',
    pages: [
      doc('design', 'Design'),
      doc('api', 'API'),
      { source: 'CONTRIBUTING.md', path: 'contributing', title: 'Contributing' },
      { source: 'CODE_OF_CONDUCT.md', path: 'code-of-conduct', title: 'Code of conduct' },
      { source: 'SECURITY.md', path: 'security-policy', title: 'Report a weakness' },
      { source: 'CHANGELOG.md', path: 'changelog', title: 'Changes' },
      { source: 'bench/README.md', path: 'bench', title: 'How to measure' },
    ],
  },
]

export const PAGES = SECTIONS.flatMap(({ pages }) => pages)
