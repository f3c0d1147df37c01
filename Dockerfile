# One pattern for every service: --build-arg PROJECT=services/Consent. All are compiled once, in the stage they share.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt Microservices.sln ./
COPY deploy/services.slnf deploy/
COPY services services
COPY gateway gateway
ARG TEST_CLOCK=false
RUN dotnet build deploy/services.slnf --configuration Release -p:TestClock=$TEST_CLOCK -p:UseAppHost=false

FROM build AS publish
ARG PROJECT
RUN dotnet publish $PROJECT --configuration Release --no-build -p:UseAppHost=false --output /app

# Makes the installation's secrets, once, each service's into a volume of its own.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS secrets
COPY --chmod=755 deploy/secrets /usr/local/bin/secrets
RUN mkdir -p /secrets/policy /secrets/consent /secrets/disclosure /secrets/audit /secrets/retention /secrets/gateway /secrets/postgres /secrets/rabbitmq && chown -R app:app /secrets
USER app
ENTRYPOINT ["secrets", "/secrets"]

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS service
WORKDIR /app
COPY --from=publish /app .
RUN mkdir /clock && chown app:app /clock
ARG ASSEMBLY
ENV ASSEMBLY=$ASSEMBLY DOTNET_EnableDiagnostics=0
USER app
EXPOSE 8080
# exec, so that the service gets the signals; no arguments means: serve.
ENTRYPOINT ["/bin/sh", "-c", "exec dotnet \"$ASSEMBLY.dll\" \"$@\"", "service"]
