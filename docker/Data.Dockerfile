# The datasets, for clusters whose pods reach no other place: fetched from their official mirrors when the image is built, and
# checked against their hashes. A worker's pod copies them out (k8s/base/worker.yaml). Built from the repository's root:
#   docker build -f docker/Data.Dockerfile -t minibatch-data:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0.401-noble AS build
WORKDIR /source
COPY .editorconfig Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY eng eng
COPY src/Shared src/Shared
COPY src/Hosting src/Hosting
COPY src/LivePage src/LivePage
COPY src/Coordinator src/Coordinator
COPY src/Worker src/Worker
COPY src/Graphics src/Graphics
COPY src/TrainedModels src/TrainedModels
COPY src/Lessons src/Lessons
COPY src/Explain src/Explain
COPY src/Launcher src/Launcher
# Nothing is computed here: libtorch is not fetched.
RUN dotnet publish src/Launcher -c Release -o /app -p:UsesLibtorch=false -p:UseAppHost=false
# Into the cache of the user that builds, wherever that is said to be.
RUN XDG_CACHE_HOME=/fetched dotnet /app/MiniBatch.Launcher.dll data all \
    && chmod -R a+rX /fetched \
    && mkdir /data

FROM busybox:1.37.0
LABEL org.opencontainers.image.title="minibatch-data" \
      org.opencontainers.image.description="MNIST and FashionMNIST, for MiniBatch's workers" \
      org.opencontainers.image.version="0.1.0"
COPY --from=build /fetched/minibatch/datasets /datasets
# A volume that is mounted here empty takes this owner over.
COPY --from=build --chown=1654:1654 /data /data
USER 1654:1654
CMD ["cp", "-R", "/datasets/.", "/data/"]
