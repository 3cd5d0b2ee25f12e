/**
 * Makes the kernel known to Jupyter and TypeScript known to papermill.
 *
 *     node kernels/jupyter/install.cjs           in the project's .venv
 *     node kernels/jupyter/install.cjs --user    for this user besides, so that VS Code finds the kernel
 *
 * Idempotent, without network, some milliseconds; files are replaced by rename, so an interrupted call harms nothing.
 */
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.resolve(__dirname, "../..");
const kernelName = "reprise";
const packageName = "reprise_papermill";

/** Writes a file unless it has that content already; returns whether it wrote. */
function write(file, content) {
  try {
    if (fs.readFileSync(file).equals(Buffer.from(content))) return false;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  fs.writeFileSync(part, content);
  fs.renameSync(part, file);
  return true;
}

/** The kernelspec. Node by its absolute path: a client started from a desktop may have another PATH, or none. */
function kernelSpec(node = process.execPath) {
  return {
    argv: [node, path.join(__dirname, "launcher.cjs"), "{connection_file}"],
    display_name: "TypeScript (Reprise)",
    language: "typescript",
    metadata: { debugger: false },
  };
}

/** Installs the kernelspec below a Jupyter data folder; returns the paths written. */
function installSpec(dataFolder, node) {
  const folder = path.join(dataFolder, "kernels", kernelName);
  const files = {
    "kernel.json": `${JSON.stringify(kernelSpec(node), null, 2)}\n`,
    "logo-svg.svg": fs.readFileSync(path.join(__dirname, "logo-svg.svg")),
  };
  return Object.entries(files).flatMap(([name, content]) => {
    const file = path.join(folder, name);
    return write(file, content) ? [file] : [];
  });
}

/** Where the packages of a virtual environment lie. */
function sitePackages(venv) {
  const lib = process.platform === "win32" ? path.join(venv, "Lib") : path.join(venv, "lib");
  const folders =
    process.platform === "win32"
      ? [lib]
      : fs.existsSync(lib)
        ? fs
            .readdirSync(lib)
            .filter((name) => /^python3/.test(name))
            .map((name) => path.join(lib, name))
        : [];
  const found = folders
    .map((folder) => path.join(folder, "site-packages"))
    .find((folder) => fs.existsSync(folder));
  if (!found) {
    throw new Error(
      `${venv} is no Python environment (no site-packages in it). Run \`npm run setup\` to make it.`,
    );
  }
  return found;
}

/** Registers the Python package where it lies, as an editable install does; returns the paths written. */
function installPackage(venv) {
  const site = sitePackages(venv);
  const { version } = require("../../package.json");
  const info = `${packageName}-${version}.dist-info`;
  for (const name of fs.readdirSync(site)) {
    if (name.startsWith(`${packageName}-`) && name !== info)
      fs.rmSync(path.join(site, name), { recursive: true });
  }
  const files = {
    [`${packageName}.pth`]: `${path.join(__dirname, "python")}\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${packageName.replace("_", "-")}\nVersion: ${version}\n`,
    [`${info}/entry_points.txt`]: `[papermill.engine]\nreprise = ${packageName}.engine:RepriseEngine\n`,
    [`${info}/INSTALLER`]: "reprise\n",
    [`${info}/RECORD`]: ["METADATA", "entry_points.txt", "INSTALLER", "RECORD"]
      .map((name) => `${info}/${name},,\n`)
      .concat(`${packageName}.pth,,\n`)
      .join(""),
  };
  return Object.entries(files).flatMap(([name, content]) => {
    const file = path.join(site, name);
    return write(file, content) ? [file] : [];
  });
}

/** Jupyter's data folder of this user. */
function userDataFolder(env = process.env, platform = process.platform, home = os.homedir()) {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return path.join(home, "Library", "Jupyter");
  if (platform === "win32") return path.join(env.APPDATA ?? path.join(home, "AppData", "Roaming"), "jupyter");
  return path.join(env.XDG_DATA_HOME ?? path.join(home, ".local", "share"), "jupyter");
}

/**
 * Installs kernel and papermill support in a virtual environment.
 * @param options.venv  the environment; the project's own by default
 * @param options.user  install the kernel for this user as well
 * @param options.node  the Node to start the kernel with; the running one by default
 * @returns the paths of the files that were new or had to change
 */
function install({ venv = path.join(root, ".venv"), user = false, node = process.execPath } = {}) {
  return [
    ...installPackage(venv),
    ...installSpec(path.join(venv, "share", "jupyter"), node),
    ...(user ? installSpec(userDataFolder(), node) : []),
  ];
}

if (require.main === module) {
  try {
    const written = install({ user: process.argv.includes("--user") });
    for (const file of written) console.log(`wrote ${file}`);
    if (written.length === 0) console.log("The kernel is installed already.");
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

module.exports = { install, kernelSpec, userDataFolder };
