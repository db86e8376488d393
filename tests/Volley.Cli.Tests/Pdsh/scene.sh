# Makes, in the current folder, the files that the cases of parity.txt name.
set -eu
printf 'h1\nh2 # comment\n# x\n  h3  \n\nh[5-6],h8\nh9 h10\n' >A
printf 'b1\nb2\n' >B
printf 'a1\n#include B\n#include "C D"\n#include\n#include B junk\n' >W
mkdir -p sub/deep
printf 's1\n#include T\n' >sub/S
printf 't1\n#include S\n' >sub/T
printf 'i0\n#include U\n#include deep/V\n' >sub/I
printf 'u2\n' >sub/U
printf 'v2\n' >sub/deep/V
printf '#include A1\n' >sub/J
printf 'j1\n' >A1
printf ' #include U\n#include  U\n#include\tU\n#include U # c\n#include U   \n#INCLUDE U\nx #include U\n' >sub/K
printf 'u@h1\n-h2\nexec:h3\n^B\n/x/\n' >literal
printf 'h1\r\nh2\r\n' >crlf
: >empty
printf 'n[1-10] compute\nn0      login,pdsh_all_skip\nn[1-5]  os=debian\nn[6-10] os=fedora\nn[4-7]  foo\n' >G
printf 'n[1-10] foo,altname=e%%n\nm1 bar\n' >GA
printf 'n[1-4] compute,altname=e%%n\nn0 login,pdsh_all_skip,altname=m0\nn4 pdsh_all_skip\n' >GK
printf 'x2 a\nb10 a\nb9 a\nx1 a\nb1-y a\na a\nb01 a\nB1 a\nb a\n' >GS
printf 'n1,n2,n[5-6]  a=%%n,b=%%%%,c\n# x\n  n7 z # foo\n\n n8\n' >GV
printf 'n1 pdsh_rcmd_type=exec\nn2\nn3 pdsh_rcmd_type=nope\n' >GR
printf 'prefix1 skip_me\nprefix-suffix1 no_skip\n' >GX
printf 'n1 a b\n' >bad1
printf 'n1 a=1\nn1 a=2\n' >bad2
printf 'n1 a,,b\n' >bad3
printf 'n[3-1] a\n' >bad4
printf 'n1.d a\n' >bad5
mkdir show run
printf '#!/bin/sh\nfor a; do printf "[%%s]" "$a"; done\necho\n' >show/ssh
printf '#!/bin/sh\nfor a; do l=$a; done\neval "$l"\n' >run/ssh
chmod +x show/ssh run/ssh
printf 'echo plain script "$1"\n' >noshebang
chmod +x noshebang
printf 'h2: a\nh1: b\nh10: c\nx: y\nh2:  two\n h3 : z\nh4:nosp\nh5:\nh6: \n' >lines
cat >files <<'END'
R=$(mktemp -d "$FLEET_HOME/XXXXXXXX")
r=${R##*/}
trap 'rm -rf "$R"' EXIT
umask 022
echo a >a; echo b >b; echo s >s; echo x >'{x}'; mkdir -p d/s out; echo c >d/s/c; ln -s ../a d/la; ln -s s d/ls; mkfifo fifo
chmod 600 a; chmod 777 b; chmod 4755 s; chmod 711 d/s; touch -d 2020-01-01 a d d/s/c
(
    cd "$R"
    echo one >one; echo old >old; mkdir -p tree/sub; echo two >tree/two; echo three >tree/sub/three; ln -s two tree/link; ln -s sub tree/dir
    chmod 777 .; chmod 666 old; chmod 755 tree/two; touch -d 2020-01-01 one tree/two
)
[ "$(id -u)" != 0 ] || chown -R "$FLEET_USER" "$R"
run() { { "$@"; echo "exit $?"; } 2>&1 | sed "s/$r/R/g"; }
tree() {
    for t in . "$R"; do
        echo "[${t%%/*}]"
        (cd "$t"; find out* a b s d old one tree new '{x}' '{y}' la -printf '%p %M %TY\n' -type f -exec cat {} \; 2>&-) | sort
    done
}
END
