"""Files that hold keys: none of them is read into a prompt, whatever a plan or a model asks for."""

import re

# Names that programs keep keys in: https://git-scm.com/docs/git-credential-store,
# https://man.openbsd.org/ssh.1#FILES, https://docs.npmjs.com/cli/configuring-npm/npmrc,
# https://packaging.python.org/specifications/pypirc/, https://curl.se/docs/manpage.html#-n
_NAME = re.compile(
    r"\.env(?:rc|\..+)?|.+\.env|\.?(?:netrc|pgpass|htpasswd|npmrc|pypirc|git-credentials|s3cfg|boto"
    r"|dockercfg|my\.cnf|vault[-_]token|terraformrc|gem_credentials)|_netrc"
    r"|id_(?:rsa|dsa|ecdsa|ed25519|ed448)(?:_sk)?(?:\..+)?|.+_(?:rsa|ecdsa|ed25519)"
    r"|.+\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|pkcs12|asc|gpg|agekey|tfvars|tfstate|p8)"
    r"|(?:secrets?|credentials?|service[-_]account[\w-]{0,40})\.(?:json|ya?ml|toml|ini|txt)"
    r"|credentials|master\.key|kubeconfig|.+\.kubeconfig",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"(?i).*(?:example|sample|template|\.dist|\.pub|\.defaults?)(?:\.[a-z]+)?")
_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube"})
NOT_SHOWN = "(Not shown: a file of this name holds keys or passwords, and no model is shown one.)"


def is_secret_file(path: str) -> bool:
    """By its name alone; `.env.example` and public keys are none."""
    *folders, name = path.lower().split("/")
    if _SAMPLE.fullmatch(name):
        return False
    return bool(_NAME.fullmatch(name)) or not _FOLDERS.isdisjoint(folders)
