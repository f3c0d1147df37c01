namespace Integritet.Gateway.Documentation;

/// <summary>The page at <c>/docs</c>, on which the document can be read and tried.</summary>
public static class Page
{
    public const string Path = "/docs";

    public static void Use(IApplicationBuilder app)
    {
        app.Use((http, next) =>
        {
            // The page runs its own scripts and styles, and nobody else's.
            if (http.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal))
                http.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";
            return next(http);
        });
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = Path.TrimStart('/');
            page.DocumentTitle = "Integritet";
            page.ConfigObject.AdditionalItems["tagsSorter"] = "alpha";
            page.SwaggerEndpoint("/openapi/v1.json", "Integritet");
        });
    }
}
