namespace Volley.Cli.Tests;

/// <summary>
/// What the client's configuration of distributions says, as their documentation describes it; <c>{etc}</c> is the directory that
/// stands for /etc.
/// </summary>
internal static class ClientConfigs
{
    private const string AllLocales = """
            SendEnv LANG LC_CTYPE LC_NUMERIC LC_TIME LC_COLLATE LC_MONETARY LC_MESSAGES
            SendEnv LC_PAPER LC_NAME LC_ADDRESS LC_TELEPHONE LC_MEASUREMENT
            SendEnv LC_IDENTIFICATION LC_ALL LANGUAGE
            SendEnv XMODIFIERS
        """;

    private const string RedHat = """
        # As the last options, so that a user's own come first.
        Match final all
            Include {etc}/crypto-policies/back-ends/openssh.config
            GSSAPIAuthentication yes
            ForwardX11Trusted yes
        """ + "\n" + AllLocales + "\n";

    private const string RedHatSignatures =
        "ecdsa-sha2-nistp256,ecdsa-sha2-nistp256-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
        + "ecdsa-sha2-nistp384,ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
        + "ssh-ed25519,ssh-ed25519-cert-v01@openssh.com,sk-ssh-ed25519@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,"
        + "rsa-sha2-256,rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-512,rsa-sha2-512-cert-v01@openssh.com";

    private const string RedHatAuthorities =
        "ecdsa-sha2-nistp256,sk-ecdsa-sha2-nistp256@openssh.com,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,ssh-ed25519,sk-ssh-ed25519@openssh.com,rsa-sha2-256,rsa-sha2-512";

    private const string RedHatCiphers = """
        Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr
        MACs hmac-sha2-256-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha1,umac-128@openssh.com,hmac-sha2-512
        GSSAPIKexAlgorithms gss-curve25519-sha256-,gss-nistp256-sha256-,gss-group14-sha256-,gss-group16-sha512-
        """;

    private const string RedHatExchanges =
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
        + "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512";

    private const string SystemdProxy = """
        Host unix/* vsock/* machine/*
            ProxyCommand /usr/lib/systemd/systemd-ssh-proxy %h %p
            ProxyUseFdpass yes
            CheckHostIP no
        Host .host
            ProxyCommand /usr/lib/systemd/systemd-ssh-proxy unix/run/ssh-unix-local/socket %p
            ProxyUseFdpass yes
            CheckHostIP no

        """;

    private const string Debian = """
        Include {etc}/ssh/ssh_config.d/*.conf

        Host *
        #   ForwardAgent no
            SendEnv LANG LC_* COLORTERM NO_COLOR
            HashKnownHosts yes
            GSSAPIAuthentication yes

        """;

    /// <summary>The files of each, by their paths below /etc; the first one is ssh_config.</summary>
    public static IReadOnlyDictionary<string, (string Path, string Text)[]> All { get; } = new Dictionary<string, (string, string)[]>
    {
        ["RHEL 8"] =
        [
            ("ssh/ssh_config", "Include {etc}/ssh/ssh_config.d/*.conf\n"),
            ("ssh/ssh_config.d/05-redhat.conf", RedHat),
            ("crypto-policies/back-ends/openssh.config", $"""
                {RedHatCiphers}
                KexAlgorithms {RedHatExchanges}
                PubkeyAcceptedKeyTypes {RedHatSignatures}
                CASignatureAlgorithms {RedHatAuthorities}

                """),
        ],
        ["RHEL 9"] =
        [
            ("ssh/ssh_config", "Include {etc}/ssh/ssh_config.d/*.conf\n"),
            ("ssh/ssh_config.d/50-redhat.conf", RedHat),
            ("crypto-policies/back-ends/openssh.config", $"""
                {RedHatCiphers}
                KexAlgorithms {RedHatExchanges}
                HostKeyAlgorithms {RedHatSignatures}
                PubkeyAcceptedAlgorithms {RedHatSignatures}
                HostbasedAcceptedAlgorithms {RedHatSignatures}
                CASignatureAlgorithms {RedHatAuthorities}
                RequiredRSASize 2048

                """),
        ],
        ["RHEL 9.0 in FIPS mode"] =
        [
            ("ssh/ssh_config", "Include {etc}/ssh/ssh_config.d/*.conf\n"),
            ("ssh/ssh_config.d/50-redhat.conf", RedHat),
            ("crypto-policies/back-ends/openssh.config", """
                Ciphers aes256-gcm@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr
                MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512
                GSSAPIKeyExchange no
                KexAlgorithms ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512
                PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256,rsa-sha2-512
                CASignatureAlgorithms ecdsa-sha2-nistp256,rsa-sha2-256,rsa-sha2-512
                RSAMinSize 2048

                """),
        ],
        ["Fedora"] =
        [
            ("ssh/ssh_config", "Include {etc}/ssh/ssh_config.d/*.conf\n"),
            ("ssh/ssh_config.d/20-systemd-ssh-proxy.conf", SystemdProxy),
            ("ssh/ssh_config.d/50-redhat.conf", RedHat),
            ("crypto-policies/back-ends/openssh.config", $"""
                {RedHatCiphers}
                KexAlgorithms mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,mlkem768nistp256-sha256,{RedHatExchanges}
                PubkeyAcceptedAlgorithms {RedHatSignatures}
                HostbasedAcceptedAlgorithms {RedHatSignatures}
                CASignatureAlgorithms {RedHatAuthorities}
                RequiredRSASize 2048

                """),
        ],
        ["Debian"] = [("ssh/ssh_config", Debian)],
        ["Ubuntu"] = [("ssh/ssh_config", Debian), ("ssh/ssh_config.d/20-systemd-ssh-proxy.conf", SystemdProxy)],
        ["openSUSE Leap"] = [("ssh/ssh_config", $"Include {{etc}}/ssh/ssh_config.d/*.conf\n\nHost *\n    ForwardX11Trusted yes\n{AllLocales}\n")],
        ["openSUSE Tumbleweed"] =
        [
            ("ssh/ssh_config", "Include {etc}/ssh/ssh_config.d/*.conf\nInclude {etc}/vendor/ssh_config.d/*.conf\n\nHost *\n    ForwardX11Trusted yes\n    SendEnv LANG LC_*\n"),
            ("vendor/ssh_config.d/50-suse.conf", "Match final all\n    Include {etc}/crypto-policies/back-ends/openssh.config\n"),
            ("crypto-policies/back-ends/openssh.config", $"{RedHatCiphers}\nKexAlgorithms {RedHatExchanges}\nPubkeyAcceptedAlgorithms {RedHatSignatures}\nRequiredRSASize 2048\n"),
        ],
        ["Alpine"] = [("ssh/ssh_config", "Include {etc}/ssh/ssh_config.d/*.conf\n\n# Host *\n#   ForwardAgent no\n#   Port 22\n")],
        ["macOS"] =
        [
            ("ssh/ssh_config", "Host *\n    AddKeysToAgent yes\n    UseKeychain yes\n    IdentityFile ~/.ssh/id_ed25519\n\nInclude {etc}/ssh/ssh_config.d/*\n\nHost *\n    SendEnv LANG LC_*\n"),
            ("ssh/ssh_config.d/100-macos.conf", "# Nothing but a comment.\n"),
        ],
        ["a guide to hardening"] =
        [
            ("ssh/ssh_config", $"""
                Host *
                    KexAlgorithms sntrup761x25519-sha512@openssh.com,gss-curve25519-sha256-,curve25519-sha256,gss-group16-sha512-,diffie-hellman-group16-sha512
                    Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr
                    MACs hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com
                    HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519,rsa-sha2-512,rsa-sha2-256
                    RequiredRSASize 3072
                    CASignatureAlgorithms ssh-ed25519,rsa-sha2-512
                    GSSAPIKexAlgorithms gss-curve25519-sha256-,gss-group16-sha512-
                    RekeyLimit 512M 1h
                    VerifyHostKeyDNS ask
                    ForwardAgent no
                    ConnectionAttempts 3
                    IPQoS throughput
                    Compression yes

                """),
        ],
    };
}
