// scimmy behind express, over maps in memory, with one bearer token: `node.mjs PORT TOKEN`. What can be looked up is
// looked up, and a page is cut out before scimmy sees it, so that only its own work counts.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);

class Shelf {
    constructor(name) {
        this.name = name;
        this.byId = new Map();
        this.byName = new Map();
        this.order = [];
    }

    key(instance) {
        return instance[this.name]?.toLowerCase();
    }

    write(resource, instance) {
        const old = resource.id && this.byId.get(resource.id);
        if (resource.id && !old) throw new SCIMMY.Types.Error(404, null, `there is no ${resource.id}`);
        const id = resource.id ?? randomUUID();
        const holder = this.byName.get(this.key(instance));
        if (holder !== undefined && holder !== id) throw new SCIMMY.Types.Error(409, "uniqueness", `${this.name} is taken`);
        const now = new Date().toISOString();
        const stored = { ...instance, id, meta: { created: old?.meta.created ?? now, lastModified: now } };
        if (old) this.byName.delete(this.key(old));
        else this.order.push(id);
        this.byName.set(this.key(stored), id);
        this.byId.set(id, stored);
        return stored;
    }

    read(resource) {
        if (resource.id) {
            const found = this.byId.get(resource.id);
            if (!found) throw new SCIMMY.Types.Error(404, null, `there is no ${resource.id}`);
            return found;
        }
        if (!resource.filter) {
            const { startIndex = 1, count = 100 } = resource.constraints;
            resource.constraints.totalResults = this.order.length;
            return this.order.slice(startIndex - 1, startIndex - 1 + count).map((id) => this.byId.get(id));
        }
        const [operator, value] = (resource.filter.length === 1 && resource.filter[0][this.name]) || [];
        if (operator === "eq" && Object.keys(resource.filter[0]).length === 1) {
            const id = this.byName.get(value.toLowerCase());
            return id === undefined ? [] : [this.byId.get(id)];
        }
        return resource.filter.match([...this.byId.values()]);
    }

    remove(resource) {
        const old = this.byId.get(resource.id);
        if (!old) throw new SCIMMY.Types.Error(404, null, `there is no ${resource.id}`);
        this.byId.delete(resource.id);
        this.byName.delete(this.key(old));
        this.order.splice(this.order.indexOf(resource.id), 1);
    }

    handlers() {
        return {
            ingress: (resource, instance) => this.write(resource, instance),
            egress: (resource) => this.read(resource),
            degress: (resource) => this.remove(resource),
        };
    }
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, new Shelf("userName").handlers());
SCIMMY.Resources.declare(SCIMMY.Resources.Group, new Shelf("displayName").handlers());
const app = express();
app.disable("x-powered-by");
app.use("/scim", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("the token is wrong");
        return "benchmark";
    },
}));
app.listen(Number(port), "127.0.0.1");
