# Becomes a program in a pod: a root of its own that can't be written, a user without capabilities, an environment of what is given
# and no more. The network namespace is ip's business, which starts this.
#   pod.sh FOLDER APP DATASETS NAME=VALUE… PROGRAM ARGUMENT…
# FOLDER has the pod's hosts file and the folders secret, runs and tmp; they and APP appear where the manifests mount them.
set -e
pod=$1 app=$2 datasets=$3
shift 3
root=$pod/root
mount --make-rprivate /
mount -t tmpfs tmpfs "$root"
for folder in usr bin sbin lib lib64 opt proc dev sys; do
    if [ -L "/$folder" ]; then cp -P "/$folder" "$root/$folder"
    elif [ -d "/$folder" ]; then mkdir "$root/$folder"; mount --rbind "/$folder" "$root/$folder"
    fi
done
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
if [ ! -d "$root$dotnet" ]; then mkdir -p "$root$dotnet"; mount --bind "$dotnet" "$root$dotnet"; fi
cp -a /etc "$root/etc"
mkdir -p "$root/app" "$root/runs" "$root/data" "$root/tmp" "$root/etc/minibatch"
mount --bind "$pod/hosts" "$root/etc/hosts"
mount --bind "$app" "$root/app"
mount --bind "$datasets" "$root/data"
mount --bind "$pod/secret" "$root/etc/minibatch"
mount --bind "$pod/runs" "$root/runs"
mount --bind "$pod/tmp" "$root/tmp"
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid=1654 --regid=1654 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
    env -i PATH="$dotnet:/usr/bin:/bin" "$@"
