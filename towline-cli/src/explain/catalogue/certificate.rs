//! The server's certificate.

use crate::explain::finding::{Finding, Severity, Side};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "certificate-unknown-issuer",
        title: "The certificate's issuer is not trusted",
        meaning: "The connection is encrypted, but nothing proves that this is the right server.",
        cause: "The certificate is self-signed or from a private authority, or the server does not send \
                the intermediate certificates.",
        cure: "Ask the server's owner for the fingerprint over another channel. If it is the same, pin the \
               certificate or add its issuer to the trusted ones. Never switch verification off. The \
               administrator can send the whole chain, or use a certificate from a public authority.",
        hint: Some(
            "if the server's owner confirms its fingerprint, use {pin}, or save the certificate (or its \
             issuer's) as PEM and use --ca-file",
        ),
        details: &["unknown_issuer"],
        patterns: &[
            "pkix path building failed",
            "unable to find valid certification path",
            "unable to get local issuer certificate",
            "unable to verify the first certificate",
            "self-signed certificate",
            "self signed certificate",
            "self_signed_cert",
            "certificate signed by unknown authority",
            "could not establish trust relationship",
            "remotecertificatechainerrors",
            "invalid peer certificate: unknownissuer",
            "~certificate verification: not trusted",
            "~certificate_verify_failed",
            "~certificate verify failed",
            "~curl: (60)",
            "remote certificate is invalid according to the validation procedure",
            "remote certificate was rejected",
            "sec_e_untrusted_root",
            "建立信任关系",
            "信頼関係を確立できません",
            "远程证书无效",
            "リモート証明書は無効",
            "certificate is not trusted",
            "certificate issuer is unknown",
            "remote certificate not trusted",
            "server's certificate is not known",
            "errors in the certificate chain: untrustedroot",
            "errors in the certificate chain: partialchain",
            "errors in the certificate chain",
            "peer certificate rejected",
            "peer not authenticated",
            "laut validierungsverfahren ungültig",
            "certification authority is unknown",
            "secure_socket_init failed with rc = 435",
            "secure_socket_init failed with rc = 8 ",
            "certificate was issued by an authority that is not trusted",
            "basisconstraints",
            "depth_zero_self_signed_cert",
            "unable_to_verify_leaf_signature",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "trust-store-unusable",
        side: Side::Client,
        title: "The client has no list of trusted authorities",
        meaning: "The file or store with the certificates of authorities is missing, empty or not readable, \
                  so the client can check no server at all.",
        cause: "A wrong path in the settings (curl: --cacert, CURL_CA_BUNDLE; Java: \
                javax.net.ssl.trustStore, or its password; z/OS: KEYRING in FTP.DATA), or a system without ca-certificates.",
        cure: "Correct the path, or install the certificates of the authorities (the package \
               ca-certificates). Do not switch verification off instead.",
        patterns: &[
            "curl: (77)",
            "error setting certificate verify locations",
            "error setting certificate file",
            "trustanchors parameter must be non-empty",
            "no keyring",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-issuer-no-authority",
        title: "The issuer's certificate is not marked as an authority",
        meaning: "A trusted certificate issued another one, but is not marked as an authority.",
        cause: "The issuer's certificate lacks CA:TRUE, or limits the use of its key without \
                keyCertSign.",
        cure: "The owner of the authority must create its certificate again, marked as an authority whose \
               key may sign certificates.",
        hint: Some(
            "only a certificate marked CA:TRUE whose key may sign certificates can issue others; if the \
             server's owner confirms its fingerprint, put the server's own certificate into the CA file, or use {pin}",
        ),
        details: &["issuer_not_authority"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-chain-too-long",
        title: "An authority does not allow the one below it",
        meaning: "The chain from the server's certificate to a trusted one is longer than an authority in it \
                  allows.",
        cause: "The certificate of that authority has a path length (pathlen) that is too small for the \
                authorities below it: a mistake, or a certificate that was issued without permission.",
        cure: "The owner of the authority must issue the server's certificate directly, or create the \
               authority's certificate again with a greater path length.",
        hint: Some(
            "if the server's owner confirms its fingerprint, put the server's own certificate into the CA \
             file, or use {pin}",
        ),
        details: &["chain_too_long"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-name-not-permitted",
        title: "The authority may not issue certificates for this name",
        meaning: "An authority in the chain is limited to certain names (name constraints), and the \
                  server's certificate contains another one.",
        cause: "The authority of a company or a department has signed a certificate for a name outside \
                its own domain, often one extra name or address among several.",
        cure: "The owner must issue the certificate with permitted names only, or from another \
               authority. All its names count, not only the one that you connect to.",
        hint: Some(
            "ask the server's owner for a certificate whose names its authority permits; if the owner \
             confirms its fingerprint, {pin} trusts it by its key",
        ),
        details: &["name_not_permitted"],
        patterns: &[
            "permitted subtree violation",
            "excluded subtree violation",
            "nameconstraintviolation",
            "name constraint violation",
            "is not permitted by any constraint",
            "is excluded by constraint",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-issuer-out-of-date",
        title: "The issuer's certificate has expired or is not valid yet",
        meaning: "The trusted certificate cannot vouch for the server today.",
        cause: "An old CA file, or a wrong clock.",
        cure: "Get the issuer's current certificate.",
        hint: Some(
            "check the clock of this computer; if it is right, ask the server's owner for the issuer's current certificate; {pin} trusts the server by its key",
        ),
        details: &["issuer_out_of_date"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-wrong-name",
        title: "The certificate is for another name",
        meaning: "The certificate does not contain the host name or address that was used.",
        cause: "The server is reached by another name or by its address, the certificate was made for \
                another name, or the client compares the data connection with the address of PASV.",
        cure: "Connect by a name that is in the certificate. The administrator can issue one with the \
               right name as a subject alternative name.",
        hint: Some(
            "connect by a name that the certificate is for; if the server's owner confirms its \
             fingerprint, {pin} trusts it by its key, whatever its names",
        ),
        details: &["wrong_name", "address_as_host_name"],
        patterns: &[
            "no subject alternative names",
            "no subject alternative dns name matching",
            "no name matching",
            "hostname mismatch",
            "ip address mismatch",
            "hostname in certificate didn't match",
            "doesn't match either of",
            "remotecertificatenamemismatch",
            "err_tls_cert_altname_invalid",
            "hostname/ip does not match certificate",
            "certificate is valid for",
            "doesn't contain any ip sans",
            "notvalidforname",
            "does not match target host name",
            "certificate subject name",
            "remote certificate is invalid according to the validation procedure: remotecertificatenamemismatch",
            "doesn't match requested host",
            "does not match the certificate subject",
            "relies on legacy common name",
            "hostname*not verified",
            "err_tls_cert_altname",
            "curl: (51)",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-expired",
        title: "The certificate has expired, or is not valid yet",
        meaning: "According to the clock of this computer, the certificate is not valid now.",
        cause: "It was not renewed in time, or a clock is wrong.",
        cure: "The administrator must renew the certificate and restart the server.",
        hint: Some(
            "check the clock of this computer; if it is right, the server's owner must renew the \
             certificate; {pin} trusts the server by its key until then",
        ),
        details: &["expired", "not_valid_yet"],
        patterns: &[
            "certificateexpiredexception",
            "certificatenotyetvalidexception",
            "certificate has expired",
            "certificate is not yet valid",
            "cert_has_expired",
            "certificate expired",
            "validity check failed",
            "x509: certificate has expired or is not yet valid",
            "invalid peer certificate: expired",
            "errors in the certificate chain: nottimevalid",
            "uses expired certificate",
            "certificate verification: expired",
            "certificate verification: not yet",
            "certificate verification: not activated",
            "secure_socket_init failed with rc = 401",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-revoked",
        title: "The certificate was revoked",
        meaning: "The issuer has withdrawn it, perhaps because its key was stolen.",
        cause: "The issuer revoked it, usually at the owner's request.",
        cure: "Do not use the server until its owner has a new certificate.",
        details: &["revoked"],
        patterns: &[
            "certificate revoked",
            "certificate has been revoked",
            "errors in the certificate chain: revoked",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-weak-key",
        title: "The certificate's key is too short",
        meaning: "A key of this length can be broken.",
        cause: "The certificate was made long ago, with RSA of less than 2048 bits.",
        cure: "The administrator must create a new key.",
        hint: Some(
            "the server's owner must create a key of 2048 bits or more; no option accepts this one",
        ),
        details: &["key_too_short"],
        patterns: &["ee key too small", "ee_key_too_small", "ca key too small"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-weak-signature",
        title: "The certificate's signature is not accepted",
        meaning: "It is signed with an algorithm that is too weak, such as SHA-1 or MD5, or unknown.",
        cause: "The certificate was made long ago, or by an unusual program.",
        cure: "The administrator must have it issued again, signed with SHA-256.",
        hint: Some(
            "if the server's owner confirms its fingerprint, {pin} trusts the certificate by its key, \
             whatever its signature",
        ),
        details: &["unsupported_signature"],
        patterns: &[
            "certificates do not conform to algorithm constraints",
            "certificates does not conform to algorithm constraints",
            "ca md too weak",
            "ca_md_too_weak",
            "algorithm constraints check failed",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-old-version",
        title: "The certificate is not X.509 version 3",
        meaning: "Version 1 certificates have no names and no purposes, and cannot be checked.",
        cause: "It was made with an old script (openssl x509 without extensions).",
        cure: "Create the certificate again with a subject alternative name.",
        hint: Some(
            "the server's owner must create a certificate of X.509 version 3; no option accepts this one",
        ),
        details: &["unsupported_certificate_version"],
        patterns: &["unsupportedcertversion"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-unusable",
        title: "The certificate cannot be used",
        meaning: "The certificate is not made for servers, cannot be read, or was rejected.",
        cause: "Its purposes exclude server authentication, or its contents are wrong.",
        cure: "The administrator must have a certificate issued for server authentication.",
        details: &[
            "wrong_purpose",
            "certificate_unreadable",
            "refused_by_check",
            "certificate_not_acceptable",
        ],
        patterns: &[
            "extended key usage does not permit",
            "key usage violation",
            "gnutls error -48",
            "unsuitable certificate purpose",
            "unsupported certificate purpose",
            "invalidpurpose",
            "gsk_err_bad_cert",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-pin-mismatch",
        title: "The server's key is not the pinned one",
        meaning: "The server's key is not the trusted one.",
        cause: "The server got a new key, the address leads to another server, or an on-path attacker \
                answers.",
        cure: "Ask the server's owner whether the key was changed, over another channel.",
        hint: Some("if the server's owner confirms the new key, use --pin {pin-itself}"),
        details: &["pin_mismatch"],
        patterns: &["curl: (90)", "does not match pinned public key"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-changed",
        title: "The certificate is not the known one",
        meaning: "The server shows another certificate than on the first visit.",
        cause: "The certificate was renewed, the address leads to another server, or an on-path attacker \
                answers.",
        cure: "Ask the server's owner whether it was renewed, over another channel. Then accept it with \
               towline trust accept.",
        details: &["certificate_changed"],
        patterns: &[
            "certificate has changed since",
            "host key has changed",
            "certificate for host has changed",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-differs-on-data",
        title: "The data connection shows another certificate",
        meaning: "Nothing proves that the data connection leads to the server.",
        cause: "A load balancer leads data connections to another machine, or an on-path attacker has \
                taken the connection over.",
        cure: "The administrator must send both connections of a client to the same server, or use one \
               certificate on all.",
        details: &["data_certificate_differs"],
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-expires-soon",
        severity: Severity::Warning,
        title: "The certificate expires soon",
        meaning: "It is valid for less than 30 days. Clients will refuse the server afterwards.",
        cause: "It has not been renewed yet.",
        cure: "Renew the certificate, and reload the server: many FTP servers read it only at the \
               start.",
        ..Finding::BLANK
    },
    Finding {
        id: "certificate-accepted-by-pin",
        severity: Severity::Note,
        side: Side::Client,
        title: "The certificate is trusted by pin or first use",
        meaning: "It is trusted regardless of its names, chain and dates.",
        cause: "The settings trust this key or certificate.",
        cure: "Nothing needs to change. A new key at the server needs a new pin.",
        ..Finding::BLANK
    },
];
