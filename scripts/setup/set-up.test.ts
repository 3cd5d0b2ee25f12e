import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fakePrograms, fakePython, temporaryFolder, writeFiles } from "./testing";

const NPM = `mkdir -p node_modules && echo '{"packages":{}}' > node_modules/.package-lock.json; echo "npm http fetch GET 200 https://r/a.tgz"`;
const COMPILER = "cat > /dev/null; exit 0";

/** A Python that answers, makes an environment, and is pip in it. */
function python(version = "3.12.1", pip = "exit 0"): string {
  return `case "$*" in
    --version) echo "Python ${version}";;
    "-c "*) exit 0;;
    "-m venv --clear "*)
      rm -rf "$4"; mkdir -p "$4/bin" "$4/lib/python3.12/site-packages" && cp "$0" "$4/bin/python" && echo "version = ${version}" > "$4/pyvenv.cfg";;
    "-m pip config list") ;;
    "-m pip install "*)
      site="$(dirname "$0")/../lib/python3.12/site-packages"; mkdir -p "$site/papermill" "$site/tensorflow"
      echo "Collecting something==1.0"; ${pip};;
  esac`;
}

const BUILD = `const fs = require("fs"), folder = __dirname + "/build/Release"; fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(__dirname + "/any.node", folder + "/reprise_tensorflow.node");`;
const INSTALL = `const fs = require("fs"); fs.mkdirSync(__dirname + "/../../.venv/share/jupyter/kernels/reprise", { recursive: true });`;

/** A project of the real set-up and of fakes for all that it starts. */
function project(files: Record<string, string> = {}) {
  const root = realpathSync(temporaryFolder());
  cpSync(__dirname, path.join(root, "scripts/setup"), {
    recursive: true,
    filter: (file) => !/test/.test(path.basename(file)),
  });
  writeFiles(root, {
    "package-lock.json": '{"packages":{}}',
    "requirements.txt": "something==1.0",
    "requirements-tensorflow.txt": "tensorflow==2.21.0",
    "kernels/tensorflow/src/a.cc": "",
    "kernels/tensorflow/build.cjs": BUILD,
    "kernels/jupyter/install.cjs": INSTALL,
    ...files,
  });
  // What the fake build passes off as the kernel: an addon that is sure to load here.
  cpSync(someAddon(), path.join(root, "kernels/tensorflow/any.node"));
  const run = (programs: Record<string, string>, env: NodeJS.ProcessEnv = {}) => {
    const told = spawnSync(process.execPath, [path.join(root, "scripts/setup/main.cjs")], {
      encoding: "utf8",
      env: { PATH: fakePrograms({ "apt-get": "", ...programs }), HOME: root, ...env },
    });
    return { code: told.status, text: told.stdout + told.stderr };
  };
  return { root, run };
}

/** An addon that some installed package ships for this machine. */
function someAddon(): string {
  const code =
    "require('@napi-rs/canvas'); console.log(Object.keys(require.cache).find((name) => name.endsWith('.node')) ?? '')";
  return spawnSync(process.execPath, ["-e", code], { encoding: "utf8", cwd: __dirname }).stdout.trim();
}

const WHOLE = { npm: NPM, python3: python(), "c++": COMPILER };

describe("the set-up, from nothing", () => {
  it("does every step once and tells their sizes; the second time it starts no program at all", () => {
    const { root, run } = project();
    const first = run(WHOLE);
    expect(first.text).toMatch(/\[1\/6\] Node packages \(.*MB.*\)[\s\S]*\[6\/6\] Jupyter kernel/);
    expect(first.text).toMatch(/Set-up: 6 of 6 steps done \(/);
    expect(first.code).toBe(0);
    const second = run({});
    expect(second.text).toMatch(/^Set-up: all in place \(\d+\.\d s\)\n$/);
    expect(existsSync(path.join(root, ".setup/lock"))).toBe(false);
  });

  it("redoes exactly what depends on a changed file", () => {
    const { root, run } = project();
    run(WHOLE);
    writeFiles(root, { "kernels/tensorflow/src/a.cc": "int changed;" });
    expect(run(WHOLE).text).toMatch(/\[5\/6\] TensorFlow kernel.*built[\s\S]*1 of 6 steps/);
    writeFiles(root, { "requirements-tensorflow.txt": "tensorflow==2.22.0" });
    // A new runtime, and the kernel that is linked to it.
    expect(run(WHOLE).text).toMatch(/2 of 6 steps/);
  });

  it("makes the environment anew, and what lies in it, where its Python is gone", () => {
    const { root, run } = project();
    run(WHOLE);
    writeFiles(root, { ".venv/pyvenv.cfg": "" });
    expect(run(WHOLE).text).toMatch(/4 of 6 steps/);
  });
});

describe("what is missing is told in plain words, with the command that mends it", () => {
  it("no Python and no compiler, at once and before the first download", () => {
    const { root, run } = project();
    const { code, text } = run({ npm: NPM });
    expect(code).toBe(1);
    expect(text).toMatch(/✗ Python was not found[\s\S]*apt install python3/);
    expect(text).toMatch(/✗ no C\+\+ compiler was found[\s\S]*apt install build-essential/);
    expect(existsSync(path.join(root, "node_modules"))).toBe(false);
  });

  it("a Python that is too old, or without venv", () => {
    expect(project().run({ ...WHOLE, python3: fakePython("3.8.1") }).text).toMatch(
      /✗ Python 3\.8\.1 .*too old/,
    );
    expect(project().run({ ...WHOLE, python3: fakePython("3.12.1", false) }).text).toMatch(
      /python3\.12-venv/,
    );
  });

  it("no npm", () => {
    expect(project().run({ python3: python(), "c++": COMPILER }).text).toMatch(/✗ npm was not found on PATH/);
  });

  it("no network, for npm and for pip", () => {
    const npm = "echo 'npm error code EAI_AGAIN' >&2; exit 1";
    expect(project().run({ ...WHOLE, npm })).toMatchObject({
      code: 1,
      text: expect.stringMatching(/npm ci failed: there is no network/),
    });
    const broken = python(
      "3.12.1",
      "echo 'NewConnectionError: Temporary failure in name resolution'; exit 1",
    );
    expect(project().run({ ...WHOLE, python3: broken }).text).toMatch(
      /pip install failed: there is no network/,
    );
  });

  it("a disk that fills up while pip unpacks: the environment is made anew next time", () => {
    const { run } = project();
    const full = python(
      "3.12.1",
      "echo 'Installing collected packages: x'; echo '[Errno 28] No space left on device'; exit 1",
    );
    expect(run({ ...WHOLE, python3: full }).text).toMatch(/the disk is full/);
    const again = run(WHOLE);
    expect(again.text).toMatch(/the last attempt was killed|what it left is removed/);
    expect(again.text).toMatch(/Python environment .*: Python 3\.12\.1/);
    expect(again.code).toBe(0);
  });
});

describe("a kernel that cannot be built", () => {
  const broken = {
    "kernels/tensorflow/build.cjs": "console.error(\"a.cc:1: error: expected ';'\"); process.exitCode = 1;",
  };

  it("is told loudly, with the compiler's words, and does not stop the set-up", () => {
    const { root, run } = project(broken);
    const { code, text } = run(WHOLE);
    expect(text).toMatch(/!{50}[\s\S]*JavaScript backend[\s\S]*error: expected ';'[\s\S]*native-kernel\.log/);
    expect(text).toMatch(/Set-up: 5 of 6 steps done; NOT done: native-kernel/);
    expect(code).toBe(0);
    expect(readFileSync(path.join(root, ".setup/native-kernel.log"), "utf8")).toContain("expected ';'");
  });

  it("is not tried where REPRISE_SKIP_NATIVE asks for that, and needs no compiler", () => {
    const { run } = project(broken);
    const { text } = run({ npm: NPM, python3: python() }, { REPRISE_SKIP_NATIVE: "1" });
    expect(text).toMatch(/Set-up: 5 of 5 steps done/);
  });
});

it("`--check` tells how the steps stand, and changes nothing", () => {
  const { root } = project();
  const told = spawnSync(process.execPath, [path.join(root, "scripts/setup/main.cjs"), "--check"], {
    encoding: "utf8",
  });
  expect(JSON.parse(told.stdout).map((step: { state: string }) => step.state)).toEqual(
    Array(6).fill("absent"),
  );
  expect(existsSync(path.join(root, ".setup"))).toBe(false);
});
