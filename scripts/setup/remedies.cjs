// @ts-check
"use strict";

const { which } = require("./which.cjs");

/** An error that a person can act on: what was wrong, and the command that mends it. */
class SetupError extends Error {
  /**
   * @param {string} message what is missing or went wrong
   * @param {string[]} remedies commands or sentences, best first
   * @param {{ dirty?: boolean }} [options] `dirty` where the step may have left something half-written
   */
  constructor(message, remedies, { dirty = false } = {}) {
    super(message);
    this.name = "SetupError";
    this.remedies = remedies;
    this.dirty = dirty;
  }
}

/** @typedef {"apt" | "dnf" | "brew" | "apk" | "pacman" | "zypper" | "none"} PackageManager */
/** @typedef {"python" | "venv" | "compiler" | "node"} Missing */

/** @type {Record<Missing, Record<PackageManager, string>>} */
const INSTALL = {
  python: {
    apt: "sudo apt update && sudo apt install python3 python3-venv",
    dnf: "sudo dnf install python3.12",
    brew: "brew install python@3.12",
    apk: "the TensorFlow wheel needs glibc: use a Debian, Ubuntu or Fedora image instead of Alpine",
    pacman: "sudo pacman -S uv && uv python install 3.13",
    zypper: "sudo zypper install python312",
    none: "install Python 3.12 from https://www.python.org/downloads/",
  },
  venv: {
    apt: "sudo apt update && sudo apt install python3-venv",
    dnf: "sudo dnf install python3 python3-pip",
    brew: "brew reinstall python@3.12",
    apk: "sudo apk add python3 py3-pip",
    pacman: "sudo pacman -S python python-pip",
    zypper: "sudo zypper install python3 python3-pip",
    none: "install Python 3.12 from https://www.python.org/downloads/, which has the venv and ensurepip modules",
  },
  compiler: {
    apt: "sudo apt update && sudo apt install build-essential",
    dnf: "sudo dnf install gcc-c++ make",
    brew: "xcode-select --install",
    apk: "sudo apk add build-base",
    pacman: "sudo pacman -S base-devel",
    zypper: "sudo zypper install gcc-c++ make",
    none: "install GCC 9 or Clang 9 or newer, and put g++ or clang++ on PATH",
  },
  node: {
    apt: "npx --yes n lts   (or: nvm install --lts)",
    dnf: "npx --yes n lts   (or: nvm install --lts)",
    brew: "brew install node@22",
    apk: "sudo apk add nodejs npm",
    pacman: "sudo pacman -S nodejs-lts-jod npm",
    zypper: "sudo zypper install nodejs22",
    none: "install Node 22 LTS from https://nodejs.org/",
  },
};

/**
 * The system's package manager, told by the commands there are.
 * @param {NodeJS.Platform} [platform]
 * @param {string} [path] a PATH to search
 * @returns {PackageManager}
 */
function packageManager(platform = process.platform, path = process.env.PATH) {
  if (platform === "darwin") return "brew";
  /** @type {[string, PackageManager][]} */
  const commands = [
    ["apt-get", "apt"],
    ["dnf", "dnf"],
    ["apk", "apk"],
    ["pacman", "pacman"],
    ["zypper", "zypper"],
  ];
  return commands.find(([command]) => which(command, path))?.[1] ?? "none";
}

/**
 * The command that installs what is missing on this machine. Someone who is root needs no sudo.
 * @param {Missing} what
 * @param {PackageManager} [manager]
 * @param {boolean} [isRoot]
 */
function installCommand(what, manager = packageManager(), isRoot = process.getuid?.() === 0) {
  const command = INSTALL[what][manager];
  return isRoot ? command.replaceAll("sudo ", "") : command;
}

/**
 * What the output of pip, npm or a compiler says about why it failed.
 * @param {string} output
 * @returns {{ message: string, remedies: string[], dirty?: boolean } | undefined}
 */
function diagnose(output) {
  if (/ENOSPC|No space left on device|disk quota exceeded/i.test(output))
    return {
      message: "the disk is full",
      remedies: ["free at least 3 GB (`df -h .` shows what is left), then run the same command again"],
      dirty: true,
    };
  if (/CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)/i.test(output))
    return {
      message: "a server's TLS certificate was not accepted (is a company proxy in between?)",
      remedies: [
        "export NODE_EXTRA_CA_CERTS=/path/to/ca.pem PIP_CERT=/path/to/ca.pem, then run the same command again",
      ],
    };
  if (/DO NOT MATCH THE HASHES|EINTEGRITY/.test(output))
    return {
      message: "a downloaded file is not the one that is pinned (its SHA-256 differs), and was refused",
      remedies: [
        "npm cache verify && python3 -m pip cache purge, then run the same command again; a mirror may be at fault",
      ],
    };
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|Temporary failure in name resolution|NewConnectionError|Max retries exceeded|ReadTimeoutError|ProxyError|Network is unreachable/i.test(
      output,
    )
  )
    return {
      message: "there is no network, or a package registry did not answer",
      remedies: [
        "check the connection (`npm ping`; behind a proxy: export HTTPS_PROXY=http://host:port), then run the same command again",
      ],
    };
  if (/No matching distribution found|is not a supported wheel on this platform/i.test(output))
    return {
      message: "a pinned Python package has no build for this machine and this Python",
      remedies: [
        `use Python 3.10 to 3.13 on 64-bit Linux with glibc 2.27 or newer, or on a Mac with Apple silicon: REPRISE_PYTHON=/path/to/python3.12 npm run setup`,
      ],
    };
  if (/EACCES|EPERM|Permission denied/i.test(output))
    return {
      message: "a file could not be written: permission denied",
      remedies: [
        'make the project\'s folder yours: sudo chown -R "$(id -un)" .',
        "then run the same command again",
      ],
    };
  return undefined;
}

module.exports = { SetupError, packageManager, installCommand, diagnose };
