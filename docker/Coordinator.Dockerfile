# The coordinator: no libtorch, no shell. Built from the repository's root:
#   docker build -f docker/Coordinator.Dockerfile -t minibatch-coordinator:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0.401-noble AS build
WORKDIR /source
# Packages first: they are fetched anew only when a project file changes.
COPY .editorconfig Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY eng eng
COPY src/Shared/MiniBatch.Shared.csproj src/Shared/
COPY src/Hosting/MiniBatch.Hosting.csproj src/Hosting/
COPY src/Graphics/MiniBatch.Graphics.csproj src/Graphics/
COPY src/Supervision/MiniBatch.Supervision.csproj src/Supervision/
COPY src/LivePage/MiniBatch.LivePage.csproj src/LivePage/
COPY src/Coordinator/MiniBatch.Coordinator.csproj src/Coordinator/
RUN dotnet restore src/Coordinator
COPY src/Shared src/Shared
COPY src/Hosting src/Hosting
COPY src/Graphics src/Graphics
COPY src/Supervision src/Supervision
COPY src/LivePage src/LivePage
COPY src/Coordinator src/Coordinator
RUN dotnet publish src/Coordinator --no-restore -c Release -o /app -p:UseAppHost=false -p:DebugType=none \
    && mkdir /runs

FROM --platform=linux/amd64 mcr.microsoft.com/dotnet/aspnet:10.0.12-noble-chiseled
LABEL org.opencontainers.image.title="minibatch-coordinator" \
      org.opencontainers.image.description="Coordinator and parameter server of a MiniBatch training run" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app /app
# A volume that is mounted here empty takes this owner over.
COPY --from=build --chown=1654:1654 /runs /runs
# Runs as anybody and on a read-only root: without diagnostics .NET puts nothing into /tmp. (The socket for workers on the same
# machine, which is put there where that can be, none in another container reaches.)
ENV DOTNET_EnableDiagnostics=0 \
    MINIBATCH_HTTP_PORT=8080 \
    MINIBATCH_LOG_FORMAT=json
USER 1654:1654
WORKDIR /runs
EXPOSE 4053 4054 8080
# Each check starts a process.
HEALTHCHECK --interval=30s --start-interval=2s --timeout=5s --start-period=60s CMD ["dotnet", "/app/MiniBatch.Coordinator.dll", "health"]
ENTRYPOINT ["dotnet", "/app/MiniBatch.Coordinator.dll"]
