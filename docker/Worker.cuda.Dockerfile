# A worker that computes on NVIDIA's GPUs. TorchSharp-cuda-linux brings libtorch with CUDA 12.8 and cuDNN, gigabytes of it; the
# driver comes from the machine, through NVIDIA's container toolkit. Built from the repository's root:
#   docker build -f docker/Worker.cuda.Dockerfile -t minibatch-worker-cuda:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0.401-noble AS build
WORKDIR /source
# Packages first: they are fetched anew only when a project file changes.
COPY .editorconfig Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY eng eng
COPY src/Shared/MiniBatch.Shared.csproj src/Shared/
COPY src/Hosting/MiniBatch.Hosting.csproj src/Hosting/
COPY src/Worker/MiniBatch.Worker.csproj src/Worker/
RUN dotnet restore src/Worker -p:TorchFlavor=cuda-linux
COPY src/Shared src/Shared
COPY src/Hosting src/Hosting
COPY src/Worker src/Worker
RUN dotnet publish src/Worker --no-restore -c Release -o /app -p:TorchFlavor=cuda-linux -p:UseAppHost=false -p:DebugType=none

FROM --platform=linux/amd64 mcr.microsoft.com/dotnet/aspnet:10.0.12-noble
LABEL org.opencontainers.image.title="minibatch-worker-cuda" \
      org.opencontainers.image.description="Worker of a MiniBatch training run, computing on GPUs" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app /app
# Runs as anybody and on a read-only root: without diagnostics .NET puts nothing into /tmp. CUDA keeps no compiled kernels: what
# it would write to the home folder, libtorch has compiled.
# NVIDIA's toolkit is told how much of the driver to bring, and not which GPUs (NVIDIA_VISIBLE_DEVICES): that Kubernetes' device plugin
# says, to a pod that asks for some, and to a container the engine (docker run --gpus all). Were it "all" here, a pod that asks for none
# would have all GPUs of its node.
ENV DOTNET_EnableDiagnostics=0 \
    CUDA_CACHE_DISABLE=1 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    MINIBATCH_DATA=/data \
    MINIBATCH_HTTP_PORT=8080 \
    MINIBATCH_LOG_FORMAT=json
USER 1654:1654
WORKDIR /app
EXPOSE 4053 8080
# Each check starts a process.
HEALTHCHECK --interval=30s --start-interval=2s --timeout=5s --start-period=60s CMD ["dotnet", "/app/MiniBatch.Worker.dll", "health"]
ENTRYPOINT ["dotnet", "/app/MiniBatch.Worker.dll"]
