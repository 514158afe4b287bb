# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ejabberd without epmd, configured as Debian ships it but for TLS, other servers, and the forced access model of
OMEMO nodes, which would make a list that only contacts see impossible."""

import glob
import json
import subprocess
import urllib.request

from . import layout, procs

LIBS = "/usr/lib/*/ejabberd-*/ebin/ejabberd.app"
NEEDS = {LIBS: "ejabberd", "/usr/bin/erl": "erlang-base", "/usr/bin/erlc": "erlang-base"}
# Its schedulers sleep where there is nothing to do: several run at once in the tests.
IDLE = [word for lane in ("", "dcpu", "dio") for word in (f"+sbwt{lane}", "none")]

CONFIG = """loglevel: info
log_rotate_count: 0
hosts: [{domain}, {foreign}]
listen:
  - {{port: {port}, ip: "{host}", module: ejabberd_c2s, max_stanza_size: 262144, shaper: c2s_shaper, access: c2s,
     starttls: false}}
  - {{port: {http_port}, ip: "{host}", module: ejabberd_http, request_handlers: {{/api: mod_http_api{handlers}}}}}
  - port: {component_port}
    ip: "{host}"
    module: ejabberd_service
    global_routes: false
    hosts:
{components}
disable_sasl_mechanisms: [digest-md5, X-OAUTH2]
auth_password_format: scram
s2s_access: none
acl:
  local: {{user_regexp: ""}}
  loopback: {{ip: [127.0.0.0/8]}}
access_rules:
  local: {{allow: local}}
  c2s: {{deny: blocked, allow: all}}
  muc_create: {{allow: local}}
  pubsub_createnode: {{allow: local}}
api_permissions:
  "sandbox":
    who: {{access: {{allow: {{acl: loopback}}}}}}
    what: ["*", "!stop", "!start"]
shaper:
  normal: {{rate: 3000, burst_size: 20000}}
  fast: 200000
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: {{100: all}}
  c2s_shaper: {{normal: all}}
modules:
  mod_adhoc: {{}}
  mod_admin_extra: {{}}
  mod_avatar: {{}}
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_fail2ban: {{}}
  mod_http_api: {{}}
{upload}  mod_last: {{}}
{archive}  mod_muc: {{host: {rooms}, access_create: muc_create, access_persistent: muc_create}}
  mod_offline: {{access_max_user_messages: max_user_offline_messages}}
  mod_pen_stanza_log: {{}}
  mod_ping: {{}}
  mod_pres_counter: {{count: 5, interval: 60}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub: {{access_createnode: pubsub_createnode, plugins: [flat, pep]}}
  mod_roster: {{versioning: true}}
  mod_stream_mgmt: {{resend_on_timeout: if_offline}}
  mod_vcard: {{search: false}}
  mod_vcard_xupdate: {{}}
  mod_version: {{}}
"""
ARCHIVE = """  mod_mam:
    assume_mam_usage: true
    default: always
"""
UPLOAD = '''  mod_http_upload:
    host: upload.@HOST@
    put_url: "http://{host}:{web_port}/upload/@HOST@"
    docroot: "{folder}/@HOST@"
    max_size: {limit}
    thumbnail: false
'''
REGISTER = ('{{ok, L}} = file:consult("{0}"), [ok = ejabberd_auth:try_register(U, S, P) || {{U, S, P}} <- L], '
            'ok = file:write_file("{1}", "").')


def compile_log_module(box):
    ebin = box.server / "ebin"
    ebin.mkdir()
    source = layout.HERE / "ejabberd" / "mod_pen_stanza_log.erl"
    argv = ["/usr/bin/erlc", "+nowarn_undefined_function", "-pa", glob.glob(LIBS)[0].rpartition("/")[0], "-o",
            str(ebin), str(source)]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=box.server, check=False)
    if done.returncode != 0:
        raise layout.SandboxError(f"{source.name} does not compile:\n{done.stdout}{done.stderr}")
    return ebin


def upload_folder(box):
    return box.server / "upload"


def upload_config(box, ports, wanted):
    if not wanted:
        return {"handlers": "", "upload": ""}
    return {"handlers": ", /upload: mod_http_upload",
            "upload": UPLOAD.format(host=layout.HOST, web_port=ports["web"], folder=upload_folder(box),
                                    limit=layout.UPLOAD_MAX_BYTES)}


def write_files(box, ports, components, compat):
    listed = "\n".join(f'      {host}: {{password: "{secret}"}}' for host, secret in components.items())
    config = CONFIG.format(host=layout.HOST, port=ports["c2s"], http_port=ports["http"], components=listed,
                           component_port=ports["component"], domain=layout.DOMAIN, foreign=layout.FOREIGN_DOMAIN,
                           rooms=layout.ROOMS, archive=ARCHIVE if "archive" in compat else "",
                           **upload_config(box, ports, "upload" in compat))
    (box.server / "ejabberd.yml").write_text(config, encoding="utf-8")
    terms = [(*jid.split("@"), password) for jid, password in layout.accounts().values()]
    lines = "".join('{<<"%s">>, <<"%s">>, <<"%s">>}.\n' % term for term in terms)
    (box.server / "accounts.eterm").write_text(lines, encoding="utf-8")


def start(box, ports, components, compat=()):
    """Writes everything ejabberd needs and starts it; COMPONENTS maps host names to secrets."""
    box.server.mkdir()
    ebin = compile_log_module(box)
    write_files(box, ports, components, compat)
    env = {"ERL_LIBS": glob.glob(LIBS)[0].rpartition("/ejabberd-")[0], "HOME": str(box.server),
           "EJABBERD_CONFIG_PATH": str(box.server / "ejabberd.yml"),
           "EJABBERD_LOG_PATH": str(box.log("ejabberd-server")), "PEN_STANZA_LOG": str(box.stanza_log),
           "ERL_CRASH_DUMP": str(box.log("ejabberd-crash"))}
    register = REGISTER.format(box.server / "accounts.eterm", box.ready / "server")
    argv = ["/usr/bin/erl", *IDLE, "-noinput", "-pa", str(ebin), "-mnesia", "dir", f'"{box.server / "mnesia"}"',
            "-s", "ejabberd", "-eval", register]
    return procs.start(box, "ejabberd", argv, env=env, cwd=box.server)


def call(state, command, **arguments):
    """One of ejabberd's commands by its HTTP API."""
    url = state["http"]["api"] + "/" + command
    request = urllib.request.Request(url, json.dumps(arguments).encode(), {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=layout.ANSWER_WAIT_S) as answer:
        return json.loads(answer.read())
